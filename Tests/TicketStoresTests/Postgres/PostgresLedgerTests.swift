import PostgresClient
import TestSupport
import Testing
import Ticketing

@testable import TicketStores

/// Two processes with one database.
@Suite struct PostgresLedgerTests {
    private typealias Run = LedgerConformance.Run

    /// The same sale through two ledgers, each with a pool of its own.
    private func two(
        _ body: (_ one: Run, _ other: PostgresLedger, _ database: LedgerDatabase) async throws -> Void
    ) async throws {
        let database = try await LedgerDatabase.shared.value
        let pools = [database.pool(), database.pool()]
        let one = try Run(ledger: PostgresLedger(pool: pools[0]))
        try await database.seed(one.catalogue)
        let other = PostgresLedger(pool: pools[1])
        try await body(one, other, database)
        for pool in pools { await pool.close() }
    }

    @Test func fiftyRequestsWithOneKeyHaveOneAnswer() async throws {
        try await two { one, other, database in
            for round in 0..<8 {
                let answers = (0..<50).map {
                    one.answer(
                        "key-\(round)", one.intent("intent-\(round)-\($0)", one.alice, [$0 + 1]),
                        fingerprint: $0.isMultiple(of: 3) ? "a" : "b")
                }
                let outcomes = try await atOnce(50) {
                    try await ($0.isMultiple(of: 2) ? one.ledger : other).record(answers[$0])
                }
                #expect(outcomes.count { $0 == .first } == 1)
                let winner = try #require(outcomes.firstIndex(of: .first))
                for outcome in outcomes where outcome != .first {
                    #expect(outcome == .exists(answers[winner].recorded))
                }
                let stored = try await other.intentAnswer(userID: one.alice, idem: answers[0].idem)
                #expect(stored.map { Array($0.answer.body.utf8) } == Array(answers[winner].recorded.answer.body.utf8))
                #expect(stored?.fingerprint == answers[winner].recorded.fingerprint)
                #expect(
                    try database.sql("SELECT count(*) FROM intents WHERE idempotency_key = '\(answers[0].idem)'")
                        == ["1"])
            }
        }
    }

    @Test func keysAreOfUsersByTheirBytesInOneBatchToo() async throws {
        try await two { one, _, _ in
            // The same text to Swift's `==`, two users to every store.
            let users = [one.sample.user("Zo\u{EB}"), one.sample.user("Zoe\u{308}")]
            let answers = (0..<40).map { one.answer("key-\($0 / 2)", one.intent("intent-\($0)", users[$0 % 2], [1])) }
            let outcomes = try await atOnce(40) { try await one.ledger.record(answers[$0]) }
            #expect(outcomes.allSatisfy { $0 == .first })
            for answer in answers {
                let stored = try await one.ledger.intentAnswer(userID: answer.userID, idem: answer.idem)
                #expect(stored == answer.recorded)
            }
        }
    }

    @Test func oneBadAnswerDoesNotFailTheOthersOfItsBatch() async throws {
        try await two { one, _, _ in
            var answers = (0..<40).map { one.answer("key-\($0)", one.intent("intent-\($0)", one.alice, [1])) }
            answers[7].recorded.answer.status = 500
            answers[12].userID = "with\0nul"
            answers[25].intent?.currency = "yen"
            let given = answers
            let outcomes = try await atOnce(40) { number -> IdempotentOutcome? in
                do {
                    return try await one.ledger.record(given[number])
                } catch let error as StoreError {
                    #expect(error.kind == .invalid)
                    return nil
                }
            }
            #expect(outcomes.enumerated().filter { $0.element == nil }.map(\.offset) == [7, 12, 25])
            #expect(outcomes.count { $0 == .first } == 37)
            #expect(try await one.ledger.intentAnswer(userID: one.alice, idem: given[25].idem) == nil)
        }
    }

    @Test func oneBadOrderDoesNotFailTheOthersOfItsBatch() async throws {
        try await two { one, _, _ in
            var intents: [Intent] = []
            for number in 1...30 { intents.append(try await one.quoted("intent-\(number)", one.alice, [number])) }
            var requests = intents.enumerated().map { one.request("commit-\($0.offset)", $0.element) }
            requests[3].order.userId = "with\0nul"
            requests[9].idem = "short"
            requests[20].order.seatIds = ["with\0nul"]
            let given = requests
            let orders = try await atOnce(30) { number -> Order? in
                do {
                    return try await one.ledger.decide([given[number]], capture: .withoutProvider)[0]
                } catch let error as StoreError {
                    #expect(error.kind == .invalid)
                    return nil
                }
            }
            #expect(orders.enumerated().filter { $0.element == nil }.map(\.offset) == [3, 9, 20])
            #expect(orders.compactMap(\.self).allSatisfy { $0.status == .confirmed })
        }
    }

    @Test func factsAreToldOfConfirmedOrdersOnly() async throws {
        try await two { one, _, database in
            let (sold, unpaid) = (
                try await one.quoted("intent-1", one.alice, [2, 10]), try await one.quoted("intent-2", one.bob, [3])
            )
            let order = try await one.decide(one.request("sold-key", sold))[0]
            let rejected = try await one.decide(one.request("unpaid-key", unpaid), capture: .approvedOnly)[0]
            #expect(rejected.status == .rejected)
            let facts = try database.sql(
                "SELECT order_id, topic, payload FROM outbox WHERE order_id IN "
                    + "('\(order.orderID)', '\(rejected.orderID)')")
            #expect(
                facts == [
                    "\(order.orderID)|order.confirmed|{\"userId\": \"\(one.alice)\", \"eventId\": \""
                        + "\(one.sample.eventID)\", \"orderId\": \"\(order.orderID)\", \"seatIds\": [\"A002\", \"A010\"],"
                        + " \"currency\": \"KRW\", \"totalMinor\": 12000}"
                ])
        }
    }

    /// Overlapping seats and intents decided by both at once, until nothing is left to say.
    @Test func twoLedgersAtOnceKeepTheSaleRight() async throws {
        try await two { one, other, database in
            let sale = try await Sale(one, buyers: 48)
            _ = try await atOnce(96) { number in
                try await (number.isMultiple(of: 2) ? one.ledger : other).decide(
                    sale.requests(of: number), capture: .withoutProvider)
            }
            try sale.check(database)
        }
    }
}

/// Plans are made while the tables are empty.
@Suite struct PostgresLedgerPlanTests {
    @Test func noTableOfTheSaleIsReadWhole() async throws {
        let database = try await LedgerDatabase(PostgresServer.shared.get(), name: "plans")
        let pool = database.pool()
        let run = try LedgerConformance.Run(ledger: PostgresLedger(pool: pool))
        try await database.seed(run.catalogue)
        /// A session tells what it did at its end.
        func wholeReads() async throws -> [String] {
            try await eventually("the sessions have ended") {
                let others = try database.sql(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = 'plans' AND pid <> pg_backend_pid()")
                guard others == ["0"] else { return nil }
                return try database.sql(
                    "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN "
                        + "('seats', 'intents', 'idempotent_requests', 'orders', 'tickets', 'payments') ORDER BY 1")
            }
        }
        let before = try await wholeReads()
        #expect(before.count == 6)
        for number in 1...20 {
            let intent = try await run.quoted("intent-\(number)", run.sample.user("buyer-\(number)"), [number])
            let request = run.request("commit-\(number)", intent)
            #expect(try await run.decide(request)[0].status == .confirmed)
            #expect(try await run.ledger.order(idem: request.idem) != nil)
        }
        await pool.close()
        #expect(try await wholeReads() == before)
    }
}
