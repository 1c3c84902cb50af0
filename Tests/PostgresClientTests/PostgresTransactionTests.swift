import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresTransactionTests {
    private struct Stop: Error {}
    private static let insert = PostgresStatement("insert", "INSERT INTO t VALUES ($1)")
    private static let process = PostgresStatement("process", "SELECT pg_backend_pid()")
    private static let fail = PostgresStatement("fail", "SELECT 1 / $1::int")

    private func withPool(
        _ body: (_ pool: PostgresPool, _ observer: PostgresConnection) async throws -> Void
    ) async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            try await observer.query("CREATE TABLE t (a int PRIMARY KEY)")
            var limits = PostgresPool.Configuration()
            limits.connections = 1
            let pool = PostgresPool(limits) { configuration }
            try await body(pool, observer)
            await pool.close()
        }
    }

    private func stored(_ observer: PostgresConnection) async throws -> [Int] {
        try await observer.query("SELECT a FROM t ORDER BY a").rows.map { try $0.decode(0) }
    }

    @Test func aTransactionCommitsOrRollsBackAndGivesItsSessionBack() async throws {
        try await withPool { pool, observer in
            let process = try await pool.query(Self.process).rows[0][0]
            let value = try await pool.transaction { transaction in
                try await transaction.query(Self.insert, [1])
                return try await transaction.pipeline([(Self.insert, [2]), (Self.process, [])])[1].get().rows[0][0]
            }
            #expect(value == process)
            await #expect(throws: Stop.self) {
                try await pool.transaction { transaction in
                    try await transaction.query(Self.insert, [3])
                    throw Stop()
                }
            }
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { transaction in
                    try await transaction.query(Self.insert, [4])
                    _ = try? await transaction.query(Self.fail, [0])
                }
            }
            #expect(error?.message.contains("rolled back") == true && error?.isOutcomeUnknown == false)
            #expect(try await stored(observer) == [1, 2])
            #expect(try await pool.query(Self.process).rows[0][0] == process)
        }
    }

    @Test func aSavepointRolledBackKeepsTheRest() async throws {
        try await withPool { pool, observer in
            try await pool.transaction { transaction in
                try await transaction.query(Self.insert, [1])
                await #expect(throws: PostgresError.self) {
                    try await transaction.withSavepoint { transaction in
                        try await transaction.query(Self.insert, [2])
                        try await transaction.query(Self.insert, [1])
                    }
                }
                try await transaction.withSavepoint { transaction in
                    try await transaction.query(Self.insert, [3])
                    await #expect(throws: Stop.self) {
                        try await transaction.withSavepoint { transaction in
                            try await transaction.query(Self.insert, [4])
                            throw Stop()
                        }
                    }
                }
                try await transaction.query(Self.insert, [5])
            }
            #expect(try await stored(observer) == [1, 3, 5])
        }
    }

    @Test func aPipelineInATransactionStopsAtItsFirstError() async throws {
        try await withPool { pool, observer in
            try await pool.transaction { transaction in
                let results = try await transaction.withSavepoint { transaction in
                    try await transaction.pipeline([(Self.insert, [1]), (Self.insert, [2])])
                }
                #expect(results.count == 2)
                await #expect(throws: PostgresError.self) {
                    try await transaction.withSavepoint { transaction in
                        let results = try await transaction.pipeline([
                            (Self.insert, [3]), (Self.insert, [1]), (Self.insert, [4]),
                        ])
                        let skipped = #expect(throws: PostgresError.self) { try results[2].get() }
                        #expect(skipped?.kind == .skipped)
                        _ = try results[1].get()
                    }
                }
            }
            #expect(try await stored(observer) == [1, 2])
        }
    }

    @Test func aBatchIsAppliedWholeOrNotAtAll() async throws {
        try await withPool { pool, observer in
            let process = try await pool.query(Self.process).rows[0][0]
            let results = try await pool.transaction(batch: [(Self.insert, [1]), (Self.insert, [2])])
            #expect(results.map(\.affectedRows) == [1, 1])
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction(batch: [(Self.insert, [3]), (Self.insert, [1]), (Self.insert, [4])])
            }
            #expect(error?.sqlState == "23505" && error?.isOutcomeUnknown == false)
            #expect(try await stored(observer) == [1, 2])
            #expect(try await pool.query(Self.process).rows[0][0] == process, "the session is rolled back, not dropped")
        }
    }

    @Test func theIsolationAskedForIsSet() async throws {
        try await withPool { pool, _ in
            let show = PostgresStatement("show", "SHOW transaction_isolation")
            for (isolation, name) in [
                (PostgresIsolation.readCommitted, "read committed"), (.repeatableRead, "repeatable read"),
                (.serializable, "serializable"),
            ] {
                #expect(try await pool.transaction(batch: [(show, [])], isolation: isolation)[0].rows[0][0] == name)
                let seen = try await pool.transaction(isolation: isolation) { try await $0.query(show).rows[0][0] }
                #expect(seen == name)
            }
        }
    }

    @Test func aSessionLostBeforeCommitHasAppliedNothing() async throws {
        try await withPool { pool, observer in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { transaction in
                    let process = try await transaction.query(Self.process).rows[0][0]
                    try await transaction.query(Self.insert, [1])
                    try await observer.query("SELECT pg_terminate_backend($1::int)", [process])
                    let left = "SELECT count(*) FROM pg_stat_activity WHERE pid = \(process ?? "0")"
                    try await eventually { try await observer.scalar(left) == "0" }
                    try await transaction.query(Self.insert, [2])
                    try await transaction.query(Self.insert, [3])
                }
            }
            #expect(error?.kind == .connectionLost || error?.sqlState == "57P01")
            #expect(error?.isOutcomeUnknown == false)
            #expect(try await stored(observer) == [])
            try await pool.query(Self.insert, [1])
        }
    }

    /// A deferred trigger makes COMMIT itself take its time, so that the session can be ended within.
    @Test func aSessionLostDuringCommitLeavesTheOutcomeUnknown() async throws {
        try await withPool { pool, observer in
            try await observer.execute(
                script: """
                    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN PERFORM pg_sleep(600); RETURN NULL; END $$;
                    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION slow();
                    """)
            let committing = "SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = 'PgSleep'"
            for useBatch in [false, true] {
                let call = Task {
                    if useBatch {
                        try await pool.transaction(batch: [(Self.insert, [1])])
                    } else {
                        try await pool.transaction { try await $0.query(Self.insert, [1]) }
                    }
                }
                try await eventually { try await observer.scalar(committing) == "1" }
                try await observer.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                let error = await #expect(throws: PostgresError.self) { _ = try await call.value }
                #expect(error?.sqlState == "57P01" || error?.kind == .connectionLost)
                #expect(error?.isOutcomeUnknown == true)
            }
            try await observer.query("DROP TRIGGER slow ON t")
            try await pool.query(Self.insert, [2])
            #expect(try await stored(observer) == [2])
        }
    }

    @Test func aTransactionThatIsOverAcceptsNothing() async throws {
        try await withPool { pool, observer in
            let kept = try await pool.transaction { $0 }
            let error = await #expect(throws: PostgresError.self) { try await kept.query(Self.insert, [1]) }
            #expect(error?.kind == .closed)
            #expect(try await stored(observer) == [])
        }
    }

    @Test func aCancelledTaskRollsBack() async throws {
        try await withPool { pool, observer in
            let inserted = AsyncStream.makeStream(of: Void.self)
            let call = Task {
                try await pool.transaction { transaction in
                    try await transaction.query(Self.insert, [1])
                    inserted.continuation.yield()
                    try await Task.sleep(for: .seconds(600))
                }
            }
            for await _ in inserted.stream { break }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            try await pool.query(Self.insert, [1])
            #expect(try await stored(observer) == [1])
        }
    }
}
