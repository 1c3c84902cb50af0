internal import GRDB
internal import Ticketing

/// The rows of `messages`. A receipt's handle is "<message id>.<its count of receives>".
extension Database {
    static let selectMessages = "SELECT message_id, group_id, body, trace_header, sent_at, receive_count FROM messages"

    func insertMessage(groupID: String, body: String, traceHeader: String?, sentAt: Timestamp) throws {
        try run(
            "INSERT INTO messages (queue, group_id, body, trace_header, sent_at) VALUES ('commit', ?, ?, ?, ?)",
            [groupID, body, traceHeader, sentAt.milliseconds])
    }

    /// Counts a receive of each row and hides it.
    func deliver(_ rows: [Row], until end: Timestamp) throws -> [ReceivedCommit] {
        try rows.map { row in
            let (id, count): (Int64, Int) = (row[0], row[5])
            try run(
                "UPDATE messages SET receive_count = ?, visible_at = ? WHERE message_id = ?",
                [count + 1, end.milliseconds, id])
            return ReceivedCommit(
                receipt: CommitReceipt(handle: "\(id).\(count + 1)", groupID: row[1]), body: row[2],
                receiveCount: count + 1, sentAt: Timestamp(milliseconds: row[4]), traceHeader: row[3])
        }
    }

    /// - Parameter end: nil: they are visible at once.
    func hide(_ receipts: [CommitReceipt], of queue: String, until end: Timestamp?, now: Timestamp) throws {
        try forEachValid(receipts) { id, count in
            try run(
                """
                UPDATE messages SET visible_at = ?
                WHERE message_id = ? AND receive_count = ? AND queue = ? AND visible_at > ?
                """,
                [end?.milliseconds ?? 0, id, count, queue, now.milliseconds])
        }
    }

    /// Deletes what is in flight under these receipts; an expired one deletes nothing.
    func delete(_ receipts: [CommitReceipt], of queue: String, now: Timestamp) throws {
        try forEachValid(receipts) { id, count in
            try run(
                "DELETE FROM messages WHERE message_id = ? AND receive_count = ? AND queue = ? AND visible_at > ?",
                [id, count, queue, now.milliseconds])
        }
    }

    func depth(of queue: String, now: Timestamp) throws -> QueueDepth {
        let row = try row(
            """
            SELECT count(*) FILTER (WHERE visible_at <= ?1), count(*) FILTER (WHERE visible_at > ?1),
                min(sent_at) FILTER (WHERE visible_at <= ?1)
            FROM messages WHERE queue = ?2
            """,
            [now.milliseconds, queue])
        let oldest = row?[2] as Int64?
        return QueueDepth(
            visible: row?[0] ?? 0, inFlight: row?[1] ?? 0,
            oldestAgeSeconds: oldest.map { Int(max(0, now.milliseconds - $0) / 1_000) })
    }

    private func forEachValid(_ receipts: [CommitReceipt], _ body: (Int64, Int) throws -> Void) throws {
        for receipt in receipts {
            let parts = receipt.handle.split(separator: ".")
            guard parts.count == 2, let id = Int64(parts[0]), let count = Int(parts[1]) else { continue }
            try body(id, count)
        }
    }
}
