/// One thing wrong with a stack's values.
public struct StackProblem: Sendable, Equatable, CustomStringConvertible {
    /// The file, "environment", or "default" for a value that nobody set.
    public var source: String
    public var line: Int?
    /// The value, "aurora.maximumACU"; from the environment, the variable; empty for the file as a whole.
    public var path: String
    public var message: String

    public init(source: String, line: Int?, path: String, message: String) {
        self.source = source
        self.line = line
        self.path = path
        self.message = message
    }

    /// "stacks/ticket.yaml:12: aurora.maximumACU: must be ..."
    public var description: String {
        let place = line.map { "\(source):\($0)" } ?? source
        return path.isEmpty ? "\(place): \(message)" : "\(place): \(path): \(message)"
    }
}

/// Everything wrong with a stack's values; found before any call.
public struct StackProblems: Error, Sendable, Equatable, CustomStringConvertible {
    public var problems: [StackProblem]

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Gathers problems and the lines of values while a file is read.
final class ProblemList {
    let source: String
    private(set) var problems: [StackProblem] = []
    private(set) var lines: [String: Int] = [:]

    init(source: String) { self.source = source }

    func add(_ line: Int?, _ path: String, _ message: String) {
        problems.append(StackProblem(source: source, line: line, path: path, message: message))
    }

    func note(_ path: String, line: Int?) { lines[path] = line }
}
