import PostgresClient
import Synchronization
import TestSupport
import Testing

@Suite struct PostgresPoolRecoveryTests {
    private static let insert = PostgresStatement("insert", "INSERT INTO t (id) VALUES ($1)")
    private static let select = PostgresStatement("select", "SELECT $1::int")
    private static let process = PostgresStatement("process", "SELECT pg_backend_pid()")

    @Test(arguments: [PostgresServer.StopMode.immediate, .fast])
    func aRestartUnderLoadGivesErrorsAndThenThePoolRecovers(mode: PostgresServer.StopMode) async throws {
        let server = try PostgresServer()
        try server.sql("CREATE TABLE t (id text PRIMARY KEY)")
        var configuration = try server.configuration()
        configuration.connectTimeout = .seconds(300)
        configuration.statementTimeout = .seconds(900)
        var limits = PostgresPool.Configuration()
        limits.acquireTimeout = .seconds(300)
        let patient = PostgresPool(limits) { [configuration] in configuration }
        limits.acquireTimeout = .seconds(1)
        let pool = PostgresPool(limits) { [configuration] in configuration }
        let load = Load()
        let sleeping = Task { try await patient.query(PostgresStatement("sleep", "SELECT pg_sleep(600)")) }
        let sleepers = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        try await eventually { try server.sql(sleepers) == ["1"] }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<32 {
                group.addTask {
                    var number = 0
                    while !load.isOver.load(ordering: .relaxed) {
                        number += 1
                        let id = "\(task)-\(number)"
                        do {
                            try await pool.query(Self.insert, [id])
                            load.record { $0.acknowledged.append(id) }
                        } catch let error as PostgresError {
                            load.record { log in
                                log.failed += 1
                                if !error.isOutcomeUnknown { log.refused.append(id) }
                            }
                        }
                    }
                }
            }
            try await eventually { load.log.acknowledged.count > 100 }
            try server.stop(mode)
            // What was under way has ended, and some of what came later.
            try await eventually { load.log.failed > 40 }
            try server.start()
            let before = load.log.acknowledged.count
            try await eventually { load.log.acknowledged.count > before + 100 }
            load.isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
        let log = load.log
        let cut = await #expect(throws: PostgresError.self) { try await sleeping.value }
        #expect(cut?.sqlState?.hasPrefix("57P0") == true || cut?.kind == .connectionLost)
        #expect(cut?.isOutcomeUnknown == true)
        await patient.close()
        #expect(pool.state.open > 0 && pool.state.waiting == 0)
        let stored = Set(try server.sql("SELECT id FROM t"))
        #expect(stored.isSuperset(of: log.acknowledged), "what was acknowledged is there")
        #expect(stored.isDisjoint(with: log.refused), "what surely was not applied is not there")
        await pool.close()
    }

    /// What the tasks of a test saw.
    private final class Load: Sendable {
        struct Log {
            var acknowledged: [String] = []
            var refused: [String] = []
            var failed = 0
        }

        let isOver = Atomic(false)
        private let state = Mutex(Log())

        var log: Log { state.withLock { $0 } }

        func record(_ change: (inout Log) -> Void) { state.withLock { change(&$0) } }
    }

    /// A database's address whose password changes, and how often it was read.
    private final class Secret: Sendable {
        private let state: Mutex<(password: String, reads: Int)>

        init(_ password: String) { state = Mutex((password, 0)) }

        var reads: Int { state.withLock { $0.reads } }

        func rotate(_ password: String) { state.withLock { $0.password = password } }

        func read() -> String {
            state.withLock { state in
                state.reads += 1
                return state.password
            }
        }
    }

    @Test func withoutTheServerCallersFailAfterTheirTimeAndTheCauseIsNamed() async throws {
        let port = try ReservedPort()
        var limits = PostgresPool.Configuration()
        limits.acquireTimeout = .milliseconds(300)
        let secret = Secret("planted")
        let pool = PostgresPool(limits) {
            try PostgresConfiguration(url: "postgresql://a:\(secret.read())@127.0.0.1:\(port.number)/d")
        }
        _ = try await pool.connectFailure()
        let outcomes = await withTaskGroup(of: PostgresError?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do { try await pool.query(Self.select, [1]) } catch { return error as? PostgresError }
                    return nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for error in outcomes {
            #expect(error?.kind == .connect && error?.isOutcomeUnknown == false)
            #expect(error?.message.contains("Connection refused") == true)
        }
        #expect(pool.state.waiting == 0 && pool.state.lastError?.kind == .connect)
        // 8 at first, then one at a time under back-off: not one a caller.
        #expect((1..<50).contains(secret.reads))
        await pool.close()
    }

    @Test func outOfConnectionsOnTheServerIsWaitedForAndThenNamed() async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            let role = "limited_\(configuration.database)"
            try await observer.query("CREATE ROLE \(role) LOGIN PASSWORD 'p' CONNECTION LIMIT 1")
            let server = try PostgresServer.shared.get()
            let limited = try PostgresConfiguration(
                url: server.url(user: role, password: "p", database: configuration.database))
            let holder = try await PostgresConnection.connect(limited)
            var limits = PostgresPool.Configuration()
            limits.acquireTimeout = .milliseconds(500)
            let pool = PostgresPool(limits) { limited }
            let error = try await pool.connectFailure()
            #expect(error.sqlState == "53300")
            #expect(error.message.contains("too many connections"))
            await holder.close()
            try await eventually { (try? await pool.query(Self.select, [1])) != nil }
            await pool.close()
            // One session is all there is: many callers share it.
            limits.acquireTimeout = .seconds(300)
            let patient = PostgresPool(limits) { limited }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 { group.addTask { try await patient.query(Self.select, [number]) } }
                try await group.waitForAll()
            }
            #expect(patient.state.open == 1)
            await patient.close()
            try await observer.query("DROP OWNED BY \(role)")
            try await observer.query("DROP ROLE \(role)")
        }
    }

    @Test func aRotatedPasswordIsReadAtTheNextSignIn() async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            let role = "rotated_\(configuration.database)"
            try await observer.query("CREATE ROLE \(role) LOGIN PASSWORD 'first'")
            let server = try PostgresServer.shared.get()
            let secret = Secret("first")
            var limits = PostgresPool.Configuration()
            limits.connections = 1
            limits.acquireTimeout = .seconds(300)
            let pool = PostgresPool(limits) {
                try PostgresConfiguration(
                    url: server.url(user: role, password: secret.read(), database: configuration.database))
            }
            let process = try await pool.query(Self.process).rows[0][0]
            try await observer.query("ALTER ROLE \(role) PASSWORD 'second'")
            #expect(try await pool.query(Self.process).rows[0][0] == process, "a session outlives its password")
            try await observer.query("SELECT pg_terminate_backend($1::int)", [process])
            let call = Task { try await pool.query(Self.select, [1]) }
            try await eventually { pool.state.lastError?.sqlState == "28P01" }
            secret.rotate("second")
            #expect(try await call.value.rows[0][0] == "1")
            #expect(secret.reads >= 3)
            await pool.close()
            try await observer.query("DROP ROLE \(role)")
        }
    }

    @Test func anErrorOfTheProviderReachesTheCaller() async throws {
        struct NoSecret: Error, CustomStringConvertible { let description = "the secret is not readable" }
        var limits = PostgresPool.Configuration()
        limits.acquireTimeout = .milliseconds(100)
        let pool = PostgresPool(limits) { throw NoSecret() }
        let error = try await pool.connectFailure()
        #expect(error.message.contains("the secret is not readable"))
        await pool.close()
    }
}
