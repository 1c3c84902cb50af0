import PostgresClient
import TestSupport
import Testing
import Ticketing

@testable import TicketStores

/// What happens between a transaction's reads and its writes.
@Suite struct PostgresLedgerRaceTests {
    private typealias Run = LedgerConformance.Run

    private let database: LedgerDatabase

    init() async throws { database = try await LedgerDatabase.shared.value }

    private func runs() async throws -> (run: Run, other: PostgresLedger, close: () async -> Void) {
        let pools = [database.pool(), database.pool()]
        let run = try Run(ledger: PostgresLedger(pool: pools[0]))
        try await database.seed(run.catalogue)
        return (run, PostgresLedger(pool: pools[1]), { for pool in pools { await pool.close() } })
    }

    /// Another session's rows, not committed: a statement that would write the same keys waits for what becomes of them.
    private func uncommitted(_ statements: String...) async throws -> PostgresConnection {
        let session = try await PostgresConnection.connect(database.configuration)
        try await session.query("BEGIN")
        for statement in statements { try await session.query(statement) }
        return session
    }

    private func waitFor(waiting: Int, or isOver: () throws -> Bool = { false }) async throws {
        _ = try await eventually("\(waiting) sessions wait") {
            let count = try database.sql(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = 'ledger' AND wait_event_type = 'Lock'")
            return try count == ["\(waiting)"] || isOver() ? true : nil
        }
    }

    @Test func aSeatSoldBetweenTheReadAndTheWriteIsNotSoldAgain() async throws {
        let (run, other, close) = try await runs()
        let (early, late) = (
            try await run.quoted("intent-1", run.alice, [1, 2]), try await run.quoted("intent-2", run.bob, [2, 3])
        )
        let request = run.request("late-key", late)
        let blocker = try await uncommitted(
            """
            INSERT INTO orders (idempotency_key, order_id, user_id, event_id, intent_id, seat_ids, status, total_minor,
                currency) VALUES ('\(request.idem)', 'x-\(request.idem)', 'x', 'x', 'x-\(request.idem)', '{}',
                'PROCESSING', 0, 'KRW')
            """)
        let waiting = Task { try await run.decide(request) }
        try await waitFor(waiting: 1)
        let sold = try await other.decide([run.request("early-key", early)], capture: .withoutProvider)
        #expect(sold[0].status == .confirmed)
        try await blocker.query("ROLLBACK")
        try await run.expectRejected(waiting.value[0], .seatTaken)
        #expect(
            try database.sql(
                "SELECT seat_id, order_id FROM tickets WHERE event_id = '\(run.sample.eventID)' ORDER BY 1")
                == ["A001|\(sold[0].orderID)", "A002|\(sold[0].orderID)"])
        await blocker.close()
        await close()
    }

    @Test func aPaymentThatIsBeingReportedIsWaitedFor() async throws {
        let (run, other, close) = try await runs()
        let intent = try await run.quoted("intent-1", run.alice, [1])
        let strange = try await run.quoted("intent-2", run.bob, [2])
        let (report, request) = (run.report(intent, .approved), run.request("commit-key", intent))
        let blocker = try await uncommitted(
            """
            INSERT INTO payments (intent_id, status, provider_ref, amount_minor, currency)
            VALUES ('\(strange.intentID)', 'APPROVED', '\(report.providerRef)', 1, 'KRW')
            """)
        let reporting = Task { try await run.ledger.record(report) }
        try await waitFor(waiting: 1)
        let deciding = Task { try await other.decide([request], capture: .withoutProvider)[0] }
        try await waitFor(waiting: 2) {
            try database.sql("SELECT 1 FROM orders WHERE idempotency_key = '\(request.idem)'") == ["1"]
        }
        try await blocker.query("ROLLBACK")
        #expect(try await reporting.value == .recorded)
        #expect(try await deciding.value == run.confirmed(request, intent))
        #expect(try await run.payment(intent)?.providerRef == report.providerRef, "what was reported is captured")
        await blocker.close()
        await close()
    }
}
