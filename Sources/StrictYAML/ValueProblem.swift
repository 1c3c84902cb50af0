/// One thing wrong with a file's values.
public struct ValueProblem: Sendable, Equatable, CustomStringConvertible {
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

/// Everything wrong with a file's values, never empty when thrown; found before any of them is used.
public struct ValueProblems: Error, Sendable, Equatable, CustomStringConvertible {
    public var problems: [ValueProblem]

    public init(problems: [ValueProblem]) { self.problems = problems }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Gathers problems and the lines of values while a file is read.
public final class ProblemList {
    public let source: String
    public private(set) var problems: [ValueProblem] = []
    public private(set) var lines: [String: Int] = [:]

    public init(source: String) { self.source = source }

    /// - Parameter path: of the value, as "aurora.maximumACU".
    public func add(_ line: Int?, _ path: String, _ message: String) {
        problems.append(ValueProblem(source: source, line: line, path: path, message: message))
    }

    /// Remembers where a value stands, for what is found wrong with it later.
    public func note(_ path: String, line: Int?) { lines[path] = line }
}
