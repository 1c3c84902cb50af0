import Foundation
import Yams

/// The values of a stack and where each of them stands: defaults, then `stacks/NAME.yaml`, then the environment.
///
/// The file is read strictly: an unknown key, a wrong type or a value out of range is a problem with its line. Problems
/// are gathered, and `validated()` throws all of them at once.
public struct StackSource: Sendable {
    public internal(set) var stack: Stack
    /// How problems name the file; nil without one.
    public let path: String?
    /// The line of each value that the file names, by its path ("aurora.maximumACU", "regions[0].vpcCIDR").
    public internal(set) var lines: [String: Int] = [:]
    /// The variable that set a value, by the value's path.
    public internal(set) var variables: [String: String] = [:]
    /// What could not be read.
    var problems: [StackProblem] = []

    private static let maximumBytes = 1 << 20

    /// The defaults.
    public init(stack name: String) {
        stack = Stack()
        stack.name = name
        path = nil
    }

    /// - Parameters:
    ///   - path: how problems name the file.
    ///   - name: the stack's name where the file does not give another.
    public init(yaml: String, path: String, stack name: String) {
        self.init(path: path, stack: name)
        read(yaml, ProblemList(source: path))
    }

    /// A file that cannot be read is a problem like others.
    public init(contentsOf path: String, stack name: String) {
        self.init(path: path, stack: name)
        let problems = ProblemList(source: path)
        if let yaml = Self.text(of: path, stack: name, problems) {
            read(yaml, problems)
        } else {
            self.problems = problems.problems
        }
    }

    private init(path: String, stack name: String) {
        stack = Stack()
        stack.name = name
        self.path = path
    }

    private mutating func read(_ yaml: String, _ problems: ProblemList) {
        do {
            if let root = try Yams.compose(yaml: yaml) {
                let section = YAMLSection(root, path: "", line: root.mark?.line, problems)
                stack.read(section)
                section.finish()
            }
        } catch {
            let (line, message) = Self.explain(error, in: yaml)
            problems.add(line, "", message)
        }
        self.problems = problems.problems
        lines = problems.lines
    }

    private static func text(of path: String, stack name: String, _ problems: ProblemList) -> String? {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: maximumBytes + 1) ?? Data()
        } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
            problems.add(
                nil, "", "\(reason); `tickctl stack show --stack \(name) > \(path)` writes one with every default")
            return nil
        }
        guard data.count <= maximumBytes else {
            problems.add(nil, "", "has more than 1 MiB: is this a stack file?")
            return nil
        }
        // Editors on other systems put a mark before UTF-8, which YAML's parser takes for text.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let bytes = data.starts(with: mark) ? Array(data.dropFirst(mark.count)) : Array(data)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                .firstIndex { String(validating: $0, as: UTF8.self) == nil }
            problems.add(line.map { $0 + 1 }, "", "is not UTF-8; save the file in that encoding")
            return nil
        }
        return text
    }

    /// The line and the words of what YAML's parser complains of.
    private static func explain(_ error: any Error, in yaml: String) -> (line: Int?, message: String) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
            let hasTab = lines.indices.contains(mark.line - 1) && lines[mark.line - 1].contains("\t")
            return (mark.line, "is not YAML: \(problem)" + (hasTab ? "; indent with spaces, not with tabs" : ""))
        case .reader(let problem, let offset, _, _):
            let line = offset.map { yaml.prefix($0).count { $0.isNewline } + 1 }
            return (line, "is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            return (
                context.mark.line,
                "\(keys.joined(separator: ", ")) stands twice in one mapping, first here; keep one of them"
            )
        default:
            return (nil, "is not YAML: \(error)")
        }
    }
}
