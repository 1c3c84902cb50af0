import Testing
import Ticketing

@testable import TicketStores

/// What the tables themselves refuse, whatever the program does.
@Suite struct SQLiteLedgerTests {
    let folder = EmbeddedFolder()

    private func confirmedPurchase() async throws -> EmbeddedDatabase {
        let database = try folder.open()
        try await database.seed(.demo)
        let ledger = SQLiteLedger(database)
        let intent = Intent(
            intentID: "intent-1", userID: "alice", eventID: "event-0001", seatIDs: ["R1C1", "R1C2"],
            pricesMinor: [15_000, 15_000], currency: "JPY", createdAt: Timestamp(milliseconds: 0),
            expiresAt: Timestamp(milliseconds: 1))
        let answer = RecordedAnswer(
            fingerprint: String(repeating: "a", count: 64), answer: StoredAnswer(status: 201, body: "{}"))
        #expect(
            try await ledger.record(
                IntentAnswer(userID: "alice", idem: "quote-key", recorded: answer, intent: intent)) == .first)
        let order = CommitOrder(
            intentId: "intent-1", eventId: "event-0001", seatIds: ["R1C1", "R1C2"], userId: "alice")
        let orders = try await ledger.decide(
            [DecisionRequest(idem: "commit-key", order: order, acceptedAt: Timestamp(milliseconds: 0))],
            capture: .withoutProvider)
        #expect(orders.map(\.status) == [.confirmed])
        return database
    }

    @Test(
        arguments: [
            (
                "INSERT INTO tickets SELECT 'tkt_2', order_id, event_id, seat_id, 1, NULL FROM tickets WHERE seat_id = 'R1C1'",
                "UNIQUE constraint failed: tickets.event_id, tickets.seat_id"
            ),
            ("UPDATE orders SET status = 'REJECTED', reason = 'seat_taken'", "a decided order never changes"),
            ("UPDATE payments SET status = 'CANCELLED', order_id = NULL", "a payment never steps back"),
            ("UPDATE payments SET order_id = NULL", "a payment never steps back"),
            (
                "INSERT INTO orders SELECT 'other-key', 'ord_2', user_id, event_id, intent_id, seat_ids, status, reason, "
                    + "total_minor, currency, created_at FROM orders",
                "UNIQUE constraint failed: orders.intent_id"
            ),
            (
                "INSERT INTO tickets VALUES ('tkt_3', 'ord_none', 'event-0001', 'R1C3', 1, NULL)",
                "FOREIGN KEY constraint failed"
            ),
        ])
    func tableRefuses(_ sql: String, _ reason: String) async throws {
        let database = try await confirmedPurchase()
        let error = try await #require(throws: StoreError.self) {
            // Foreign keys may be deferred to the commit; these are not, but both are refused.
            try await database.write("ledger") { try $0.run(sql) }
        }
        #expect(error.message.contains(reason))
    }

    @Test func voidedTicketFreesItsSeat() async throws {
        let database = try await confirmedPurchase()
        try await database.write("ledger") { db in
            try db.run("UPDATE tickets SET voided_at = 1 WHERE seat_id = 'R1C1'")
            try db.run(
                "INSERT INTO tickets SELECT 'tkt_2', order_id, event_id, seat_id, 1, NULL FROM tickets WHERE seat_id = 'R1C1'"
            )
        }
    }

    @Test func confirmedOrderIsToBePublishedOnce() async throws {
        let database = try await confirmedPurchase()
        let lines = try await database.read("ledger") { db in
            try db.int(
                """
                SELECT count(*) FROM outbox JOIN orders USING (order_id)
                WHERE topic = 'order.confirmed' AND published_at IS NULL AND payload LIKE '%"seatIds":["R1C1","R1C2"]%'
                """)
        }
        #expect(lines == 1)
        let all = try await database.read("ledger") { try $0.int("SELECT count(*) FROM outbox") }
        #expect(all == 1)
    }
}
