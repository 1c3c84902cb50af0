internal import GRDB
public import Ticketing

/// The messages that `SQLiteCommitQueue` gave up. Their order is that of sending; no group waits for another.
public struct SQLiteDeadLetterQueue: DeadLetterQueue {
    private static let store = "commit queue"

    private let database: EmbeddedDatabase
    private let now: @Sendable () -> Timestamp

    public init(_ database: EmbeddedDatabase, now: @escaping @Sendable () -> Timestamp = Timestamp.now) {
        self.database = database
        self.now = now
    }

    public func receive(max: Int, visibility: Duration) async throws -> [ReceivedCommit] {
        let now = now()
        return try await database.write(Self.store) { db in
            let rows = try db.rows(
                "\(Database.selectMessages) WHERE queue = 'dead' AND visible_at <= ? ORDER BY message_id LIMIT ?",
                [now.milliseconds, Swift.max(max, 1)])
            return try db.deliver(rows, until: now + visibility)
        }
    }

    public func release(_ receipts: [CommitReceipt]) async throws {
        let now = now()
        try await database.write(Self.store) { try $0.hide(receipts, of: "dead", until: nil, now: now) }
    }

    public func redrive(_ message: ReceivedCommit) async throws {
        let now = now()
        try await database.write(Self.store) { db in
            try db.insertMessage(
                groupID: message.receipt.groupID, body: message.body, traceHeader: message.traceHeader, sentAt: now)
            try db.delete([message.receipt], of: "dead", now: now)
        }
    }

    public func delete(_ receipts: [CommitReceipt]) async throws {
        let now = now()
        try await database.write(Self.store) { try $0.delete(receipts, of: "dead", now: now) }
    }

    public func depth() async throws -> QueueDepth {
        let now = now()
        return try await database.read(Self.store) { try $0.depth(of: "dead", now: now) }
    }
}
