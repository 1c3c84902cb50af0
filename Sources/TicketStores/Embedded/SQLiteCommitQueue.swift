internal import GRDB
public import Ticketing

/// The queue of commits on the embedded database: at least once, in order within a group.
///
/// A group gives one message at a time: its next comes when that one was deleted, or was received too often.
public struct SQLiteCommitQueue: CommitQueue {
    /// After so many receives a message is a dead letter.
    public static let maximumReceives = 5
    private static let store = "commit queue"

    private let database: EmbeddedDatabase
    private let now: @Sendable () -> Timestamp
    private let arrivals = Arrivals()

    public init(_ database: EmbeddedDatabase, now: @escaping @Sendable () -> Timestamp = Timestamp.now) {
        self.database = database
        self.now = now
    }

    public func send(_ message: CommitMessage) async throws {
        let (body, groupID, deduplicationID) = (message.body, message.groupID, message.deduplicationID)
        let now = now()
        try await database.write(Self.store) { db in
            try db.run("DELETE FROM deduplications WHERE ends_at <= ?", [now.milliseconds])
            try db.run(
                "INSERT OR IGNORE INTO deduplications (deduplication_id, ends_at) VALUES (?, ?)",
                [deduplicationID, (now + .seconds(300)).milliseconds])
            guard db.changesCount > 0 else { return }
            try db.insertMessage(groupID: groupID, body: body, traceHeader: message.traceHeader, sentAt: now)
        }
        arrivals.announce()
    }

    public func receive(max: Int, wait: Duration, visibility: Duration) async throws -> [ReceivedCommit] {
        let deadline = ContinuousClock.now + wait
        while true {
            let seen = arrivals.count
            let messages = try await receive(max: max, visibility: visibility)
            let left = deadline - ContinuousClock.now
            guard messages.isEmpty, left > .zero, !Task.isCancelled else { return messages }
            // What another process sends is not announced here, and a visibility ends silently.
            await arrivals.next(after: seen, within: min(left, .milliseconds(100)))
        }
    }

    private func receive(max: Int, visibility: Duration) async throws(StoreError) -> [ReceivedCommit] {
        let now = now()
        return try await database.write(Self.store) { db in
            try db.run(
                """
                UPDATE messages INDEXED BY messages_exhausted SET queue = 'dead'
                WHERE queue = 'commit' AND receive_count >= \(Self.maximumReceives) AND visible_at <= ?
                """,
                [now.milliseconds])
            let rows = try db.rows(
                """
                \(Database.selectMessages) AS message NOT INDEXED
                WHERE queue = 'commit' AND visible_at <= ? AND NOT EXISTS (
                    SELECT 1 FROM messages AS earlier
                    WHERE earlier.queue = 'commit' AND earlier.group_id = message.group_id
                        AND earlier.message_id < message.message_id)
                ORDER BY message_id LIMIT ?
                """,
                [now.milliseconds, min(Swift.max(max, 1), 10)])
            return try db.deliver(rows, until: now + visibility)
        }
    }

    public func extend(_ receipts: [CommitReceipt], visibility: Duration) async throws {
        guard !receipts.isEmpty else { return }
        let now = now()
        try await database.write(Self.store) { db in
            try db.hide(receipts, of: "commit", until: visibility > .zero ? now + visibility : nil, now: now)
        }
        if visibility <= .zero { arrivals.announce() }
    }

    public func delete(_ receipts: [CommitReceipt]) async throws {
        guard !receipts.isEmpty else { return }
        let now = now()
        try await database.write(Self.store) { try $0.delete(receipts, of: "commit", now: now) }
        // The next of its group may go.
        arrivals.announce()
    }

    public func depth() async throws -> QueueDepth {
        let now = now()
        return try await database.read(Self.store) { try $0.depth(of: "commit", now: now) }
    }

    public func ping() async throws { try await database.ping(Self.store) }
}
