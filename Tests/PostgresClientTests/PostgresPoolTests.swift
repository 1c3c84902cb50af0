import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresPoolTests {
    private static let select = PostgresStatement("select", "SELECT $1::int AS n")
    private static let sleep = PostgresStatement("sleep", "SELECT pg_sleep($1::float8)")
    private static let insert = PostgresStatement("insert", "INSERT INTO t VALUES ($1)")
    private static let process = PostgresStatement("process", "SELECT pg_backend_pid()")

    private func withPool(
        connections: Int = 4, maxWaiting: Int = 1024, acquireTimeout: Duration = .seconds(30),
        statementTimeout: Duration = .seconds(30), idleCheck: Duration = .seconds(30),
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

    /// Waits until `condition` holds, at most 30 s.
    private func until(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !condition() {
            try #require(ContinuousClock.now < deadline, "it did not come about within 30 s")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

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

    @Test func callersPastTheBoundAreRefusedAtOnceAndTheOthersAfterTheirTime() async throws {
        try await withPool(connections: 1, maxWaiting: 1, acquireTimeout: .milliseconds(500)) { pool, _ in
            let running = Task { try await pool.query(Self.sleep, [2]) }
            try await until { pool.state.busy == 1 }
            let waiting = Task { try await pool.query(Self.select, [1]) }
            try await until { pool.state.waiting == 1 }
            let refused = await #expect(throws: PostgresError.self) { try await pool.query(Self.select, [2]) }
            #expect(refused?.kind == .overloaded)
            #expect(pool.state.waiting == 1)
            let late = await #expect(throws: PostgresError.self) { try await waiting.value }
            #expect(late?.kind == .overloaded)
            #expect(late?.isOutcomeUnknown == false)
            _ = try await running.value
            #expect(try await pool.query(Self.select, [3]).rows[0][0] == "3")
        }
    }

    @Test func aCancelledCallerFreesItsPlace() async throws {
        try await withPool(connections: 1, maxWaiting: 1, acquireTimeout: .seconds(300)) { pool, _ in
            let running = Task { try await pool.query(Self.sleep, [600]) }
            try await until { pool.state.busy == 1 }
            let waiting = Task { try await pool.query(Self.select, [1]) }
            try await until { pool.state.waiting == 1 }
            waiting.cancel()
            try await until { pool.state.waiting == 0 }
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(pool.state.busy == 1, "it did not have to wait for the session")
            let next = Task { try await pool.query(Self.select, [2]) }
            try await until { pool.state.waiting == 1 }
            running.cancel()
            #expect(try await next.value.rows[0][0] == "2", "the place was free again")
        }
    }

    @Test func aCancelledStatementEndsOnTheServerAndThePoolGoesOn() async throws {
        try await withPool(connections: 1) { pool, observer in
            let running = Task { try await pool.query(Self.sleep, [60]) }
            let isSleeping =
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep($1%' AND state = 'active'"
            try await until { try await observer.scalar(isSleeping) == "1" }
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            #expect(try await pool.query(Self.select, [1]).rows[0][0] == "1")
            try await until { try await observer.scalar(isSleeping) == "0" }
        }
    }

    @Test func theServerEndsAStatementThatIsTooLongAndTheSessionStays() async throws {
        try await withPool(connections: 1, statementTimeout: .milliseconds(100)) { pool, _ in
            let before = try await pool.query(Self.process).rows[0][0]
            let error = await #expect(throws: PostgresError.self) { try await pool.query(Self.sleep, [10]) }
            #expect(error?.sqlState == "57014" && error?.isOutcomeUnknown == false)
            #expect(try await pool.query(Self.process).rows[0][0] == before)
        }
    }

    @Test func aSessionEndedWhileIdleIsReplacedWithoutAnErrorAndItsStatementsPreparedAnew() async throws {
        try await withPool(connections: 1) { pool, observer in
            let before = try await pool.query(Self.process).rows[0][0]
            _ = try await pool.query(Self.select, [1])
            try await observer.query("SELECT pg_terminate_backend($1::int)", [before])
            try await until { try await observer.scalar(Self.poolSessions) == "0" }
            #expect(try await pool.query(Self.select, [2]).rows[0][0] == "2")
            #expect(try await pool.query(Self.process).rows[0][0] != before)
            #expect(pool.state.lastError == nil)
        }
    }

    @Test func aSessionEndedDuringAStatementIsReportedAndReplaced() async throws {
        try await withPool(connections: 1) { pool, observer in
            let process = try await pool.query(Self.process).rows[0][0]
            let running = Task { try await pool.query(Self.sleep, [60]) }
            try await until { pool.state.busy == 1 }
            try await Task.sleep(for: .milliseconds(200))
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
            let error = await #expect(throws: PostgresError.self) { try await pool.query(Self.select, [1]) }
            #expect(error?.kind == .connect && error?.message.contains("session is read-only") == true)
            try await observer.query("ALTER DATABASE \(configuration.database) SET default_transaction_read_only = off")
            try await until { (try? await pool.query(Self.select, [1])) != nil }
            await pool.close()
        }
    }

    @Test func aClosedPoolRefusesCallersAndWaitsForThoseWhoRun() async throws {
        try await withPool(connections: 1) { pool, observer in
            let running = Task { try await pool.query(Self.sleep, [0.5]) }
            try await until { pool.state.busy == 1 }
            let waiting = Task { try await pool.query(Self.select, [1]) }
            try await until { pool.state.waiting == 1 }
            await pool.close()
            #expect(pool.state.open == 0)
            #expect(try await running.value.rows.count == 1)
            for refused in [await waiting.result, await Task { try await pool.query(Self.select, [2]) }.result] {
                let error = #expect(throws: PostgresError.self) { try refused.get() }
                #expect(error?.kind == .closed)
            }
            try await until { try await observer.scalar(Self.poolSessions) == "0" }
        }
    }
}
