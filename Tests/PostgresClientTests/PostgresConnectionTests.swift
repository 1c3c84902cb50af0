import Foundation
import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresConnectionTests {
    @Test func parametersAndRowsKeepTheirValues() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let text = "ä \"quoted\" \\ {a,b} ' \n 座席"
            let array = ["", "NULL", "a,b", "\"\\", text]
            let result = try await connection.query(
                """
                SELECT $1::text AS t, $2::int AS i, $3::bool AS b, $4::text AS n,
                       $5::text[] = ARRAY[$6, $7, $8, $9, $10] AS same
                """,
                [text, -7, true, nil, array] + array)
            let row = try #require(result.rows.first)
            #expect(try row.decode("t", as: String.self) == text)
            #expect(try row.decode("i", as: Int.self) == -7)
            #expect(try row.decode("b", as: Bool.self))
            #expect(row["n"] == nil)
            #expect(try row.decode("same", as: Bool.self))
            #expect(throws: PostgresError.self) { try row.decode("n", as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode("t", as: Int.self) }
            #expect(result.affectedRows == 1 && result.commandTag == "SELECT 1")
        }
    }

    @Test func answersAndStatementsLargerThanTheSocketsBuffersPass() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            // 32 MiB up, past any socket buffer of the kernel, then 8 MiB down.
            let text = String(repeating: "0123456789abcdef", count: 1 << 21)
            let sent = try await connection.query(
                "SELECT $1::text = repeat('0123456789abcdef', 1 << 21) AS same", [text])
            #expect(sent.rows.first?["same"] == "t")
            let received = try await connection.query(
                "SELECT repeat('0123456789abcdef', 1 << 18) AS t UNION ALL SELECT 'x'")
            #expect(received.rows.map { $0["t"]?.utf8.count } == [1 << 22, 1])
        }
    }

    @Test func anErrorKeepsSQLSTATEAndTheSessionGoesOn() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.execute(
                script: "CREATE TABLE t (a int CONSTRAINT positive CHECK (a > 0)); INSERT INTO t VALUES (1)")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("INSERT INTO t VALUES (-1)")
            }
            #expect(error?.kind == .server)
            #expect(error?.sqlState == "23514")
            #expect(error?.constraint == "positive")
            #expect(try await connection.scalar("SELECT count(*) FROM t") == "1")
            let empty = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT $1::text", ["a\0b"])
            }
            #expect(empty?.kind == .value)
            let copy = await #expect(throws: PostgresError.self) { try await connection.query("COPY t TO STDOUT") }
            #expect(copy?.kind == .value)
            #expect(await connection.isClosed)
        }
    }

    @Test func aScriptThatFailsLeavesNothing() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.execute(script: "CREATE TABLE t (a int); SELECT 1/0; CREATE TABLE u (a int)")
            }
            #expect(error?.sqlState == "22012")
            let table = try await connection.scalar("SELECT to_regclass('t')")
            #expect(table == nil)
        }
    }

    @Test func aTransactionThatThrowsIsRolledBack() async throws {
        struct Stop: Error {}
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.query("CREATE TABLE t (a int)")
            await #expect(throws: Stop.self) {
                try await connection.transaction { connection in
                    try await connection.query("INSERT INTO t VALUES (1)")
                    throw Stop()
                }
            }
            // COMMIT of a failed transaction is a rollback, and must not look like success.
            let error = await #expect(throws: PostgresError.self) {
                try await connection.transaction { connection in
                    try await connection.query("INSERT INTO t VALUES (2)")
                    _ = try? await connection.query("SELECT 1/0")
                }
            }
            #expect(error?.message.contains("rolled back") == true)
            #expect(try await connection.scalar("SELECT count(*) FROM t") == "0")
            try await connection.transaction { try await $0.query("INSERT INTO t VALUES (3)") }
            #expect(try await connection.scalar("SELECT count(*) FROM t") == "1")
        }
    }

    @Test func aSecondCallDuringACallIsRefused() async throws {
        try await PostgresServer.withDatabase { connection, configuration in
            let process = await connection.backendProcessID
            let holder = try await PostgresConnection.connect(configuration)
            try await holder.query("SELECT pg_advisory_lock(1)")
            async let slow = connection.query("SELECT pg_advisory_lock(1)")
            try await eventually { try await isActive(process, observer: holder) }
            let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            #expect(error?.kind == .busy)
            try await holder.query("SELECT pg_advisory_unlock(1)")
            #expect(try await slow.rows.count == 1)
            await holder.close()
        }
    }

    @Test func theServerEndsAStatementThatIsTooLong() async throws {
        try await PostgresServer.withDatabase { _, configuration in
            var configuration = configuration
            configuration.statementTimeout = .milliseconds(100)
            let connection = try await PostgresConnection.connect(configuration)
            let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT pg_sleep(600)") }
            #expect(error?.sqlState == "57014")
            // On a busy machine this, too, may take longer than it may.
            try await eventually { (try? await connection.scalar("SELECT 1")) == "1" }
        }
    }

    @Test func theClientsLimitStopsTheServerAndClosesTheSession() async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            let connection = try await PostgresConnection.connect(configuration)
            let process = await connection.backendProcessID
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT pg_sleep(600)", timeout: .milliseconds(200))
            }
            #expect(error?.kind == .timeout)
            #expect(await connection.isClosed)
            let later = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            #expect(later?.kind == .closed)
            try await eventually { try await isGone(process, observer: observer) }
        }
    }

    @Test func cancellingTheTaskStopsTheServerAndClosesTheSession() async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            let connection = try await PostgresConnection.connect(configuration)
            let process = await connection.backendProcessID
            let task = Task { try await connection.query("SELECT pg_sleep(600)") }
            try await eventually { try await isActive(process, observer: observer) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(await connection.isClosed)
            try await eventually { try await isGone(process, observer: observer) }
        }
    }

    /// Whether its backend is at work.
    private func isActive(_ process: Int, observer: PostgresConnection) async throws -> Bool {
        try await observer.scalar("SELECT state FROM pg_stat_activity WHERE pid = \(process)") == "active"
    }

    /// A backend that sleeps on would be seen for ten minutes.
    private func isGone(_ process: Int, observer: PostgresConnection) async throws -> Bool {
        try await observer.scalar("SELECT count(*) FROM pg_stat_activity WHERE pid = \(process)") == "0"
    }

    @Test func aSessionEndedByTheServerIsReportedAndClosed() async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            let connection = try await PostgresConnection.connect(configuration)
            let process = await connection.backendProcessID
            try await observer.query("SELECT pg_terminate_backend($1)", [process])
            try await eventually { try await isGone(process, observer: observer) }
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT 1")
                try await connection.query("SELECT 1")
            }
            #expect(error?.sqlState == "57P01" || error?.kind == .connectionLost)
            #expect(await connection.isClosed)
        }
    }

    @Test func droppingTheLastReferenceEndsTheSession() async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            let process = try await PostgresConnection.connect(configuration).backendProcessID
            try await eventually { try await isGone(process, observer: observer) }
        }
    }

    @Test func manySessionsWorkAtOnce() async throws {
        try await PostgresServer.withDatabase { _, configuration in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...40 {
                    group.addTask {
                        let connection = try await PostgresConnection.connect(configuration)
                        let result = try await connection.query("SELECT $1::int AS n, pg_sleep(0.2)", [number])
                        return try result.rows[0].decode("n")
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 820)
        }
    }
}
