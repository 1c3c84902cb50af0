import Foundation
import Yams

/// Reads `stacks/NAME.yaml` strictly: an unknown key, a wrong type or a value out of range is a problem with its line.
public struct StackFile: Sendable {
    /// The values, with defaults for what the file does not name.
    public var stack: Stack
    /// The line of each value the file names, by its path ("aurora.maximumACU").
    public var lines: [String: Int]
    public var path: String

    /// - Parameters:
    ///   - path: how problems name the file.
    /// - Throws: `StackProblems`, all of the file's at once.
    ///   - stack: the stack's name where the file does not give another.
    public init(yaml: String, path: String, stack name: String) throws {
        let problems = ProblemList(source: path)
        var stack = Stack()
        stack.name = name
        do {
            if let root = try Yams.compose(yaml: yaml) {
                let section = YAMLSection(root, path: "", problems)
                stack.read(section)
                section.finish()
            }
        } catch let error as YamlError {
            problems.add(nil, "", "is not YAML: \(error)".replacingOccurrences(of: "\n", with: " "))
        }
        try problems.check()
        self.stack = stack
        self.lines = problems.lines
        self.path = path
    }

    /// - Throws: `StackProblems` when the file cannot be read or has problems.
    public init(contentsOf path: String, stack name: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StackProblems(problems: [
                StackProblem(
                    source: path, line: nil, path: "",
                    message: "cannot be read; `tickctl stack show > \(path)` writes one with every default")
            ])
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self), path: path, stack: name)
    }
}

/// One thing wrong with a stack's values.
public struct StackProblem: Sendable, Equatable, CustomStringConvertible {
    /// The file, or "environment".
    public var source: String
    public var line: Int?
    /// "aurora.maximumACU"
    public var path: String
    public var message: String

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

/// Gathers problems while a file is read.
final class ProblemList {
    let source: String
    private(set) var problems: [StackProblem] = []
    private(set) var lines: [String: Int] = [:]

    init(source: String) { self.source = source }

    func add(_ line: Int?, _ path: String, _ message: String) {
        problems.append(StackProblem(source: source, line: line, path: path, message: message))
    }

    func note(_ path: String, line: Int?) { lines[path] = line }

    func check() throws {
        if !problems.isEmpty { throw StackProblems(problems: problems) }
    }
}
