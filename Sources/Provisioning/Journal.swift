public import Foundation
import Glibc

/// The intent journal of a stack: a line on disk before each mutating call, and one after its answer.
///
/// What it says after a kill: which calls may have happened without anybody having seen the answer. Lines written at the
/// same moment share one fsync.
public actor Journal {
    /// A line of the journal.
    public struct Entry: Sendable, Codable, Equatable {
        /// Before the call, and after it.
        public enum Phase: String, Sendable, Codable { case intent, answer }
        /// Joins an answer to its intent.
        public var id: String
        public var at: Date
        public var phase: Phase
        public var node: NodeID?
        /// "ec2:CreateVpc".
        public var call: String
        public var region: String
        /// Of an answer: nil for success, else the error's code.
        public var error: String?
    }

    /// The resource on whose behalf the current task calls.
    @TaskLocal public static var node: NodeID?

    private let path: String
    private var handle: FileHandle?
    private var pending: [(line: Data, done: CheckedContinuation<Void, any Error>)] = []
    private var isWriting = false
    private let writer = DispatchQueue(label: "tickctl.journal")
    private var open: [String: Entry] = [:]
    private var isClosed = false

    /// - Parameter path: the journal's file; it is made when the first line is written.
    public init(path: String) {
        self.path = path
    }

    /// The calls begun by earlier runs whose answer nobody saw. A last line that is cut off was never followed by its
    /// call, so it is passed over.
    /// - Throws: `ProvisioningError.unreadable`.
    public func unanswered() throws -> [Entry] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ProvisioningError(.unreadable, "the journal \(path) cannot be read", underlying: error)
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        var intents: [String: Entry] = [:]
        for line in data.split(separator: UInt8(ascii: "\n")) {
            guard let entry = try? decoder.decode(Entry.self, from: line) else { continue }
            intents[entry.id] = entry.phase == .intent ? entry : nil
        }
        open.merge(intents) { _, new in new }
        return intents.values.sorted { $0.at < $1.at }
    }

    /// The calls of earlier runs that succeeded in the last `seconds`: what they made may not be listed yet.
    public func succeeded(inTheLast seconds: Double) -> [Entry] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return data.split(separator: UInt8(ascii: "\n")).compactMap { try? decoder.decode(Entry.self, from: $0) }
            .filter { $0.phase == .answer && $0.error == nil && Date().timeIntervalSince($0.at) < seconds }
    }

    /// Writes the intent to call, and returns once it is on disk.
    /// - Parameter id: unique to the call.
    /// - Throws: `ProvisioningError.storage`; the call must then not be made.
    public func begin(_ id: String, call: String, region: String) async throws {
        // After the end only the lock is still let go, which needs no intent.
        guard !isClosed else { return }
        let entry = Entry(
            id: id, at: Date(), phase: .intent, node: Self.node, call: call, region: region)
        open[entry.id] = entry
        do {
            try await write(entry)
        } catch {
            open[entry.id] = nil
            throw error
        }
    }

    /// Writes that the call was answered.
    public func end(_ id: String, error: String?) async throws {
        guard var entry = open[id] else { return }
        entry.phase = .answer
        entry.at = Date()
        entry.error = error
        try await write(entry)
        open[id] = nil
    }

    /// Forgets the intents that concern `nodes`: they have been looked up. Calls on behalf of no resource (the lock's)
    /// are harmless to repeat and need no looking up.
    public func settle(_ nodes: [NodeID]) {
        let settled = Set(nodes)
        open = open.filter { $0.value.node.map { !settled.contains($0) } ?? false }
    }

    /// Ends a run: without an open intent for a resource there is nothing to remember, and the file goes. Only for who holds the
    /// stack's lock: another run in this folder may be writing to the same file.
    /// - Parameter remembers: true keeps the file all the same, for `succeeded(inTheLast:)` of the next run.
    public func close(remembers: Bool = false) throws {
        isClosed = true
        try handle?.close()
        handle = nil
        if !remembers, !open.values.contains(where: { $0.node != nil }), FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
    }

    private func write(_ entry: Entry) async throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line = try encoder.encode(entry)
        line.append(UInt8(ascii: "\n"))
        if handle == nil { handle = try Self.openForAppending(path) }
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            pending.append((line, done))
            if !isWriting { flush() }
        }
    }

    /// Writes everything pending with one fsync, off the cooperative threads; again if more came meanwhile.
    private func flush() {
        guard let handle, !pending.isEmpty else { return }
        isWriting = true
        let batch = pending
        pending = []
        let descriptor = handle.fileDescriptor
        let path = path
        writer.async {
            let result = Result { try Self.append(batch.map(\.line), to: descriptor, path: path) }
            for item in batch { item.done.resume(with: result) }
            Task { await self.flushed() }
        }
    }

    private func flushed() {
        isWriting = false
        flush()
    }

    private static func openForAppending(_ path: String) throws -> FileHandle {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw storageError(path, "the folder \(folder) cannot be made: \(error.localizedDescription)")
        }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw storageError(path, String(cString: strerror(errno))) }
        // A line that a full disk cut off must not swallow the next one.
        try append([Data("\n".utf8)], to: descriptor, path: path)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func append(_ lines: [Data], to descriptor: Int32, path: String) throws {
        let bytes = lines.reduce(into: [UInt8]()) { $0 += $1 }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw storageError(path, String(cString: strerror(errno))) }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw storageError(path, String(cString: strerror(errno))) }
    }

    private static func storageError(_ path: String, _ reason: String) -> ProvisioningError {
        ProvisioningError(
            .storage,
            "the journal \(path) cannot be written (\(reason)); no further call is made",
            next: "make room or make the folder writable, then run the same command again: it goes on from here")
    }
}
