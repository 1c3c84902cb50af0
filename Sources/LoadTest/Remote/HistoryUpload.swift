internal import Foundation

/// Cuts a history file, as it grows, into parts that are put as objects.
struct HistoryUpload: Sendable {
    static let partBytes = 8 * 1_048_576
    /// One more than a full history has.
    static let mostParts = HistoryWriter.mostBytes / partBytes + 2

    private let path: String
    private let worker: Int
    private var number = 0

    init(path: String, worker: Int) {
        self.path = path
        self.worker = worker
    }

    /// The next part and its name; nil: there is no whole one yet, or, of a complete file, none any more.
    /// - Throws: `LoadTestError` `file`.
    mutating func next(isComplete: Bool) throws -> (name: String, part: Data)? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        do {
            try file.seek(toOffset: UInt64(number) * UInt64(Self.partBytes))
            guard let part = try file.read(upToCount: Self.partBytes), !part.isEmpty,
                isComplete || part.count == Self.partBytes
            else { return nil }
            defer { number += 1 }
            return (RunObjectName.history(worker, number), part)
        } catch {
            throw LoadTestError(
                .file, "the history \(path) cannot be read: \(error.localizedDescription)", next: "run it again")
        }
    }
}
