import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresPoolTests {
    private static let select = PostgresStatement("select", "SELECT $1::int AS n")
    private static let sleep = PostgresStatement("sleep", "SELECT pg_sleep($1::float8)")
    private static let insert = PostgresStatement("insert", "INSERT INTO t VALUES ($1)")
    private static let process = PostgresStatement("process", "SELECT pg_backend_pid()")

    private func withPool(
        connections: Int = 4, maxWaiting: Int = 1024, acquireTimeout: Duration = .seconds(300),
        statementTimeout: Duration = .seconds(300), idleCheck: Duration = .seconds(300),
        _ body: (_ pool: PostgresPool, _ observer: PostgresConnection) async throws -> Void
    ) async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            try await observer.query("CREATE TABLE t (a int PRIMARY KEY)")
            var limits = PostgresPool.Configuration()
            limits.connections = connections
            limits.maxWaiting = maxWaiting
            limits.acquireTimeout = acquireTimeout
            limits.idleCheck = idleCheck
            var configuration = configuration
            configuration.applicationName = "pool"
            configuration.statementTimeout = statementTimeout
            let pool = PostgresPool(limits) { [configuration] in configuration }
            try await body(pool, observer)
            await pool.close()
            #expect(pool.state.open == 0)
        }
    }

    /// How many are within `sleep`.
    private static let sleepers = poolSessions + " AND wait_event = 'PgSleep'"
    private static let poolSessions =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pool' AND datname = current_database()"

    @Test func manyTasksShareNoMoreThanTheSessionsAllowed() async throws {
        try await withPool { pool, observer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        for round in 0..<20 {
                            let n = number * 100 + round
                            let result = try await pool.query(Self.select, [n])
                            #expect(result.rows[0]["n"] == "\(n)")
                            #expect(pool.state.open <= 4)
                        }
                    }
                }
                for _ in 0..<10 {
                    let seen = try await observer.query(Self.poolSessions).rows[0].decode(0, as: Int.self)
                    #expect(seen <= 4)
                }
                try await group.waitForAll()
            }
            let state = pool.state
            #expect(state.open == 4 && state.idle == 4 && state.waiting == 0 && state.lastError == nil)
        }
    }

    @Test func aPipelinesStatementsSucceedAndFailEachForItself() async throws {
        try await withPool { pool, observer in
            let results = try await pool.pipeline([(Self.insert, [1]), (Self.insert, [1]), (Self.insert, [2])])
            #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
            #expect(try await observer.scalar("SELECT count(*) FROM t") == "2")
            #expect(pool.state.open == 1, "a refused statement costs no session")
        }
    }

    @Test func callersPastTheBoundAreRefusedAtOnce() async throws {
        try await withPool(connections: 1, maxWaiting: 1) { pool, _ in
            let running = Task { try await pool.query(Self.sleep, [600]) }
            try await eventually { pool.state.busy == 1 }
            let waiting = Task { try await pool.query(Self.select, [1]) }
            try await eventually { pool.state.waiting == 1 }
            let refused = await #expect(throws: PostgresError.self) { try await pool.query(Self.select, [2]) }
            #expect(refused?.kind == .overloaded)
            #expect(pool.state.waiting == 1)
            running.cancel()
            #expect(try await waiting.value.rows[0][0] == "1")
        }
    }

    @Test func callersWithoutASessionAreRefusedAfterTheirTime() async throws {
        try await withPool(connections: 1, acquireTimeout: .milliseconds(200)) { pool, _ in
            // To sign in may take a busy machine longer.
            try await eventually { (try? await pool.query(Self.select, [1])) != nil }
            let running = Task { try await pool.query(Self.sleep, [600]) }
            try await eventually { pool.state.busy == 1 }
            let late = await #expect(throws: PostgresError.self) { try await pool.query(Self.select, [2]) }
            #expect(late?.kind == .overloaded)
            #expect(late?.isOutcomeUnknown == false)
            running.cancel()
            try await eventually { (try? await pool.query(Self.select, [3]).rows[0][0]) == "3" }
        }
    }

    @Test func aCancelledCallerFreesItsPlace() async throws {
        try await withPool(connections: 1, maxWaiting: 1, acquireTimeout: .seconds(300)) { pool, _ in
            let running = Task { try await pool.query(Self.sleep, [600]) }
            try await eventually { pool.state.busy == 1 }
            let waiting = Task { try await pool.query(Self.select, [1]) }
            try await eventually { pool.state.waiting == 1 }
            waiting.cancel()
            try await eventually { pool.state.waiting == 0 }
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(pool.state.busy == 1, "it did not have to wait for the session")
            let next = Task { try await pool.query(Self.select, [2]) }
            try await eventually { pool.state.waiting == 1 }
            running.cancel()
            #expect(try await next.value.rows[0][0] == "2", "the place was free again")
        }
    }

    @Test func aCancelledStatementEndsOnTheServerAndThePoolGoesOn() async throws {
        try await withPool(connections: 1) { pool, observer in
            let running = Task { try await pool.query(Self.sleep, [600]) }
            try await eventually { try await observer.scalar(Self.sleepers) == "1" }
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            #expect(try await pool.query(Self.select, [1]).rows[0][0] == "1")
            try await eventually { try await observer.scalar(Self.sleepers) == "0" }
        }
    }

    @Test func theServerEndsAStatementThatIsTooLongAndTheSessionStays() async throws {
        try await withPool(connections: 1, statementTimeout: .milliseconds(100)) { pool, _ in
            var before: String?
            try await eventually {
                before = try? await pool.query(Self.process).rows[0][0]
                return before != nil
            }
            let error = await #expect(throws: PostgresError.self) { try await pool.query(Self.sleep, [600]) }
            #expect(error?.sqlState == "57014" && error?.isOutcomeUnknown == false)
            // On a busy machine these, too, may take longer than they may.
            try await eventually { (try? await pool.query(Self.process).rows[0][0]) == before }
        }
    }

    @Test func aSessionEndedWhileIdleIsReplacedWithoutAnErrorAndItsStatementsPreparedAnew() async throws {
        try await withPool(connections: 1) { pool, observer in
            let before = try await pool.query(Self.process).rows[0][0]
            _ = try await pool.query(Self.select, [1])
            try await observer.query("SELECT pg_terminate_backend($1::int)", [before])
            try await eventually { try await observer.scalar(Self.poolSessions) == "0" }
            #expect(try await pool.query(Self.select, [2]).rows[0][0] == "2")
            #expect(try await pool.query(Self.process).rows[0][0] != before)
            #expect(pool.state.lastError == nil)
        }
    }

    @Test func aSessionEndedDuringAStatementIsReportedAndReplaced() async throws {
        try await withPool(connections: 1) { pool, observer in
            let process = try await pool.query(Self.process).rows[0][0]
            let running = Task { try await pool.query(Self.sleep, [600]) }
            try await eventually { try await observer.scalar(Self.sleepers) == "1" }
            try await observer.query("SELECT pg_terminate_backend($1::int)", [process])
            let error = await #expect(throws: PostgresError.self) { try await running.value }
            #expect(error?.sqlState == "57P01" && error?.isOutcomeUnknown == true)
            #expect(try await pool.query(Self.select, [1]).rows[0][0] == "1")
        }
    }

    @Test func sessionsLeftInATransactionAreNotGivenToOthers() async throws {
        try await withPool(connections: 1) { pool, _ in
            let before = try await pool.query(Self.process).rows[0][0]
            try await pool.query(PostgresStatement("b", "BEGIN"))
            #expect(try await pool.query(Self.process).rows[0][0] != before)
        }
    }

    @Test func anIdleSessionIsAskedForASignOfLife() async throws {
        try await withPool(connections: 1, idleCheck: .zero) { pool, observer in
            let before = try await pool.query(Self.process).rows[0][0]
            #expect(try await pool.query(Self.process).rows[0][0] == before)
            try await observer.query("SELECT pg_terminate_backend($1::int)", [before])
            try await eventually { try await observer.scalar(Self.poolSessions) == "0" }
            #expect(try await pool.query(Self.select, [1]).rows[0][0] == "1")
        }
    }

    @Test func aReadOnlyServerMakesThePoolSignInAnew() async throws {
        try await withPool(connections: 2) { pool, observer in
            let before = try await pool.query(Self.process).rows[0][0]
            try await pool.query(PostgresStatement("ro", "SET default_transaction_read_only = on"))
            let error = await #expect(throws: PostgresError.self) { try await pool.query(Self.insert, [1]) }
            #expect(error?.sqlState == "25006" && error?.isOutcomeUnknown == false)
            #expect(pool.state.idle == 0)
            try await pool.query(Self.insert, [1])
            #expect(try await pool.query(Self.process).rows[0][0] != before)
            #expect(try await observer.scalar("SELECT count(*) FROM t") == "1")
        }
    }

    @Test func aReaderIsNotAccepted() async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            try await observer.query("ALTER DATABASE \(configuration.database) SET default_transaction_read_only = on")
            var limits = PostgresPool.Configuration()
            limits.acquireTimeout = .milliseconds(300)
            let pool = PostgresPool(limits) { configuration }
            let error = try await pool.connectFailure()
            #expect(error.message.contains("session is read-only"))
            try await observer.query("ALTER DATABASE \(configuration.database) SET default_transaction_read_only = off")
            try await eventually { (try? await pool.query(Self.select, [1])) != nil }
            await pool.close()
        }
    }

    @Test func aClosedPoolRefusesCallersAndWaitsForThoseWhoRun() async throws {
        try await withPool(connections: 1) { pool, observer in
            try await observer.query("SELECT pg_advisory_lock(1)")
            let running = Task { try await pool.query(PostgresStatement("lock", "SELECT pg_advisory_lock(1)")) }
            try await eventually { pool.state.busy == 1 }
            let waiting = Task { try await pool.query(Self.select, [1]) }
            try await eventually { pool.state.waiting == 1 }
            let closing = Task { await pool.close() }
            let error = await #expect(throws: PostgresError.self) { try await waiting.value }
            #expect(error?.kind == .closed)
            let late = await #expect(throws: PostgresError.self) { try await pool.query(Self.select, [2]) }
            #expect(late?.kind == .closed)
            #expect(pool.state.busy == 1)
            try await observer.query("SELECT pg_advisory_unlock(1)")
            #expect(try await running.value.rows.count == 1)
            await closing.value
            #expect(pool.state.open == 0)
            try await eventually { try await observer.scalar(Self.poolSessions) == "0" }
        }
    }
}
