internal import Foundation
internal import Yams

/// A YAML file of values, read strictly: an unknown key, a wrong type, or a value out of range is a problem with its line.
public enum YAMLFile {
    private static let maximumBytes = 1 << 20

    /// Reads the values of a document; an empty one has none. What nobody asked for is noted as a problem.
    public static func read(_ yaml: String, _ problems: ProblemList, _ values: (YAMLSection) -> Void) {
        do {
            if let root = try Yams.compose(yaml: yaml) {
                let section = YAMLSection(root, path: "", line: root.mark?.line, problems)
                values(section)
                section.finish()
            }
        } catch {
            let (line, message) = explain(error, in: yaml)
            problems.add(line, "", message)
        }
    }

    /// The text of a file; what keeps it from being read is noted as a problem without a line.
    /// - Parameter hint: how to get such a file, for when there is none.
    public static func text(of path: String, whenMissing hint: String, _ problems: ProblemList) -> String? {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: maximumBytes + 1) ?? Data()
        } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "does not exist"
            problems.add(nil, "", "\(reason); \(hint)")
            return nil
        }
        guard data.count <= maximumBytes else {
            problems.add(nil, "", "has more than 1 MiB: is this the right file?")
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
