internal import Foundation

/// Writes a history file, up to a size: what comes after it is counted, not kept.
final class HistoryWriter {
    static let mostBytes = 4 * 1024 * 1024 * 1024

    private let file: FileHandle
    private let path: String
    private var bytes = 0
    private var dropped = 0

    init(path: String) throws(LoadTestError) {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw Self.failure(path, "it cannot be made") }
        self.file = file
    }

    func write(_ lines: [HistoryLine]) throws(LoadTestError) {
        guard !lines.isEmpty else { return }
        let data = Data(lines.map(\.text).joined().utf8)
        guard bytes + data.count <= Self.mostBytes else {
            dropped += lines.count
            return
        }
        do { try file.write(contentsOf: data) } catch { throw Self.failure(path, "\(error.localizedDescription)") }
        bytes += data.count
    }

    /// - Returns: its length in bytes.
    func close() throws(LoadTestError) -> Int {
        do {
            if dropped > 0 {
                let last = Data("dropped\t\(dropped)\n".utf8)
                try file.write(contentsOf: last)
                bytes += last.count
            }
            try file.close()
        } catch { throw Self.failure(path, "\(error.localizedDescription)") }
        return bytes
    }

    private static func failure(_ path: String, _ reason: String) -> LoadTestError {
        LoadTestError(
            .file, "the history \(path) cannot be written: \(reason)", next: "make room, or name another folder")
    }
}
