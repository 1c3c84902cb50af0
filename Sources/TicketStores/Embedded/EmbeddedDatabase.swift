internal import Foundation
internal import GRDB
internal import Synchronization
public import Ticketing

/// One SQLite file in WAL mode: everything that `serve` keeps when no real store is configured.
///
/// Writes are durable once their call returns: across kill -9, and, by an fsync for each group of them, across a loss of
/// power too. Several processes may have the file open at once. Nothing here blocks a thread of the caller: the writer
/// and the readers have their own queues.
public final class EmbeddedDatabase: Sendable {
    public static let fileName = "tickctl.sqlite"

    public let path: String
    private let pool: DatabasePool
    private let writes: GroupCommit
    private let pendingReads = Mutex(0)
    private let readLimit = 2_000

    /// Opens the file, making it, its folder and its tables as needed.
    ///
    /// - Parameter pendingWriteLimit: how many writes may wait; one more is refused as `overloaded`.
    /// - Throws: `StoreError`, which says what is wrong with the file and what to do next.
    public init(path: String, pendingWriteLimit: Int = 10_000) throws(StoreError) {
        self.path = path
        let folder = try EmbeddedFile.prepareFolder(of: path)
        pool = try EmbeddedFile.exclusively(in: folder) { () throws(StoreError) -> DatabasePool in
            try EmbeddedFile.prepare(path)
            return try Self.open(path)
        }
        writes = GroupCommit(pool: pool, pendingLimit: pendingWriteLimit)
    }

    private static func open(_ path: String) throws(StoreError) -> DatabasePool {
        do {
            var configuration = Configuration()
            configuration.label = "tickctl"
            configuration.maximumReaderCount = 4
            // Short steps: SQLite's own back-off sleeps longer and longer, and so starves beside a busy process.
            configuration.busyMode = .callback { tries in
                usleep(1_000)
                return tries < 5_000
            }
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            let migrator = EmbeddedSchema.migrator
            guard try !pool.read(migrator.hasBeenSuperseded) else {
                throw StoreError(
                    .invalid, store: EmbeddedFile.store,
                    "\(path) was written by a newer tickctl; next: run that version, or choose another --data-dir")
            }
            try migrator.migrate(pool)
            return pool
        } catch let error as StoreError {
            throw error
        } catch {
            throw EmbeddedFile.unusable(path, error)
        }
    }

    /// Runs `body` in a transaction with what else is written at the same time; it alone is undone if it throws.
    func write<Value: Sendable>(
        _ store: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            writes.submit(store, body) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Runs `body` on one consistent state, at least as new as every write that has returned.
    func read<Value: Sendable>(
        _ store: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let isAdmitted = pendingReads.withLock { pending in
            guard pending < readLimit else { return false }
            pending += 1
            return true
        }
        guard isAdmitted else { throw StoreError(.overloaded, store: store, "\(readLimit) reads are waiting already") }
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                let result = Result { try body(database.get()) }.mapError { StoreError($0, store: store) }
                continuation.resume(returning: result)
            }
        }
        pendingReads.withLock { $0 -= 1 }
        return try result.get()
    }

    func ping(_ store: String) async throws(StoreError) {
        _ = try await read(store) { try Int.fetchOne($0, sql: "SELECT count(*) FROM events") }
    }

    /// Lets the file go. Calls that come later fail; what was written stays.
    public func close() throws(StoreError) {
        do {
            try pool.close()
        } catch {
            throw StoreError(error, store: EmbeddedFile.store)
        }
    }
}
