import PostgresClient
import Synchronization
import TestSupport
import Testing
import Ticketing

@testable import TicketStores

/// A database that is killed, refuses and comes back. Each test has a server of its own.
@Suite(.serialized) struct PostgresLedgerFaultTests {
    private typealias Run = LedgerConformance.Run

    private func ledger(_ database: LedgerDatabase) async throws -> (run: Run, pool: PostgresPool) {
        let pool = database.pool(acquireTimeout: .seconds(1))
        let run = try Run(ledger: PostgresLedger(pool: pool))
        try await database.seed(run.catalogue)
        return (run, pool)
    }

    /// What the buyers of a test were told.
    private final class Log: Sendable {
        private let state = Mutex((answered: 0, firsts: [String]()))

        var answered: Int { state.withLock { $0.answered } }
        var firsts: [String] { state.withLock { $0.firsts } }

        func note(_ orders: Int, isFirst key: String?) {
            state.withLock { state in
                state.answered += orders
                if let key { state.firsts.append(key) }
            }
        }
    }

    /// Asks until there is an answer, as whoever sends again does.
    private func untilAnswered<Value: Sendable>(_ call: () async throws -> Value) async throws -> Value {
        try await eventually(within: .seconds(300), "an answer") {
            do {
                return try await call()
            } catch let error as StoreError {
                // A busy machine may have no session free in time.
                #expect([.unavailable, .outcomeUnknown, .overloaded].contains(error.kind), "\(error)")
                return nil
            }
        }
    }

    @Test func killedSessionsAndCrashesNeverBreakTheSale() async throws {
        let database = try await LedgerDatabase(PostgresServer(), name: "sale")
        let (run, pool) = try await ledger(database)
        let otherPool = database.pool(acquireTimeout: .seconds(1))
        let other = PostgresLedger(pool: otherPool)
        let sale = try await Sale(run, buyers: 60)
        let refusals = try await atOnce(60) { try await run.ledger.record(run.answer("r-\($0)", nil)) }
        #expect(refusals.allSatisfy { $0 == .first })

        let log = Log()
        let faults = Task {
            var crashes = 0
            while !Task.isCancelled || crashes < 2 {
                try? await Task.sleep(for: .milliseconds(30))
                // Any session: the fault comes before, during or after a COMMIT.
                _ = try? database.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'sale' "
                        + "AND pid <> pg_backend_pid() AND random() < 0.5")
                if crashes < 2, log.answered > 60 * (crashes + 1) {
                    crashes += 1
                    try database.server.restart(.immediate)
                }
            }
        }
        let orders = try await atOnce(120) { number in
            let orders = try await untilAnswered {
                try await (number.isMultiple(of: 2) ? run.ledger : other).decide(
                    sale.requests(of: number), capture: .withoutProvider)
            }
            // First answers meanwhile: one first at most, and it stands.
            let answer = run.answer("first-\(number / 4)", run.intent("late-\(number)", run.alice, [number % 30 + 1]))
            let outcome = try await untilAnswered { try await run.ledger.record(answer) }
            log.note(orders.count, isFirst: outcome == .first ? answer.idem : nil)
            return orders
        }
        faults.cancel()
        try await faults.value
        try sale.check(database, answered: orders.flatMap { $0 })
        #expect(Set(log.firsts).count == log.firsts.count)
        #expect(
            try database.sql(
                "SELECT count(*) FROM idempotent_requests r WHERE idempotency_key LIKE 'first-%' AND 1 <> "
                    + "(SELECT count(*) FROM intents i WHERE i.idempotency_key = r.idempotency_key)") == ["0"],
            "an answer and its intent stand together")
        await pool.close()
        await otherPool.close()
    }

    @Test func readOnlyIsUnavailableAndRecovers() async throws {
        let database = try await LedgerDatabase(PostgresServer(), name: "sale")
        let (run, pool) = try await ledger(database)
        let intent = try await run.quoted("intent-1", run.alice, [1])
        try database.server.sql("ALTER SYSTEM SET default_transaction_read_only = on")
        try database.server.sql("SELECT pg_reload_conf()")
        for call in [
            { _ = try await run.ledger.record(run.answer("next-key", run.intent("intent-2", run.bob, [2]))) },
            { _ = try await run.decide(run.request("commit-key", intent)) },
            { _ = try await run.ledger.record(run.report(intent, .approved)) },
        ] as [() async throws -> Void] {
            _ = try await eventually("writing is refused") {
                do {
                    try await call()
                    return nil as Bool?
                } catch let error as StoreError {
                    #expect(error.kind == .unavailable, "\(error)")
                    return true
                }
            }
        }
        try database.server.sql("ALTER SYSTEM RESET default_transaction_read_only")
        try database.server.sql("SELECT pg_reload_conf()")
        let orders = try await untilAnswered { try await run.decide(run.request("commit-key", intent)) }
        #expect(orders[0].status == .confirmed)
        await pool.close()
    }

    @Test func noConnectionsLeftIsUnavailableAndRecovers() async throws {
        let server = try PostgresServer(settings: ["max_connections": "8", "superuser_reserved_connections": "0"])
        let database = try await LedgerDatabase(server, name: "sale")
        let (run, pool) = try await ledger(database)
        var others: [PostgresConnection] = []
        // What is left is taken by somebody else, as soon as the server has let go of those who were there before.
        let all = try await eventually("all are taken") {
            while others.count < 8, let one = try? await PostgresConnection.connect(database.configuration) {
                others.append(one)
            }
            return others.count == 8 ? others : nil
        }
        let error = await #expect(throws: StoreError.self) {
            _ = try await atOnce(32) { try await run.ledger.record(run.answer("key-\($0)", nil)) }
            _ = try await run.ledger.record(run.report(run.intent("a", run.alice, [1]), .approved))
        }
        #expect(error?.kind == .unavailable || error?.kind == .overloaded)
        for other in all { await other.close() }
        let outcome = try await untilAnswered { try await run.ledger.record(run.answer("last-key", nil)) }
        #expect(outcome == .first)
        await pool.close()
    }

    @Test func aServerThatIsDownIsUnavailableAndRecovers() async throws {
        let database = try await LedgerDatabase(PostgresServer(), name: "sale")
        let (run, pool) = try await ledger(database)
        try await run.ledger.ping()
        try database.server.stop(.immediate)
        for _ in 0..<3 {
            let error = await #expect(throws: StoreError.self) { try await run.ledger.ping() }
            #expect(error?.kind == .unavailable || error?.kind == .outcomeUnknown, "\(String(describing: error))")
        }
        let error = await #expect(throws: StoreError.self) { try await run.ledger.ping() }
        #expect(error?.kind == .unavailable)
        try database.server.start()
        try await untilAnswered { try await run.ledger.ping() }
        await pool.close()
    }
}
