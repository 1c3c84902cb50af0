import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresPipelineTests {
    private let insert = PostgresStatement("insert", "INSERT INTO t (a, b) VALUES ($1, $2) RETURNING a")

    @Test func oneErrorAmongAThousandStatementsIsTheOnlyOne() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.query("CREATE TABLE t (a int PRIMARY KEY, b text)")
            let results = try await connection.pipeline(
                (0..<1_000).map { (insert, [$0 == 500 ? 499 : $0, "row"]) })
            #expect(results.count == 1_000)
            for (index, result) in results.enumerated() {
                switch result {
                case .success(let result): #expect(try result.rows[0].decode(0, as: Int.self) == index)
                case .failure(let error):
                    #expect(index == 500 && error.sqlState == "23505" && !error.isOutcomeUnknown)
                }
            }
            #expect(try await connection.scalar("SELECT count(*) FROM t") == "999")
            #expect(try await connection.query(insert, [500, nil]).affectedRows == 1)
            #expect(try await connection.scalar("SELECT count(*) FROM t WHERE b IS NULL") == "1")
        }
    }

    /// 16 MiB up while 64 MiB come down, past the kernel's buffers: a client that writes all before it reads would wait for
    /// a server that waits for it.
    @Test func bothDirectionsFullDoNotBlockEachOther() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let echo = PostgresStatement("echo", "SELECT repeat($1::text, 4), length($1::text)")
            let text = String(repeating: "0123456789abcdef", count: 1 << 16)
            let results = try await connection.pipeline((0..<16).map { _ in (echo, [text]) })
            for result in results {
                let row = try result.get().rows[0]
                #expect(row[0]?.utf8.count == 4 << 20)
                #expect(row[1] == "\(1 << 20)")
            }
            #expect(results.count == 16)
        }
    }

    @Test func aStatementThatCannotBePreparedFailsWithTheReasonWhereverItIsUsed() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let bad = PostgresStatement("bad", "SELECT absent FROM nowhere")
            let good = PostgresStatement("good", "SELECT 1 AS one")
            let results = try await connection.pipeline([(bad, []), (good, []), (bad, []), (good, [])])
            #expect(results.map { try? $0.get().rows[0]["one"] } == [nil, "1", nil, "1"])
            for index in [0, 2] {
                let error = #expect(throws: PostgresError.self) { try results[index].get() }
                #expect(error?.sqlState == "42P01")
            }
            try await connection.query("CREATE TABLE nowhere (absent int)")
            #expect(try await connection.query(bad).rows.isEmpty, "it is prepared once that is possible")
        }
    }

    @Test func aConstraintThatIsCheckedAtCommitFailsItsStatementAlone() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.query("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED, b text)")
            let results = try await connection.pipeline([(insert, [1, nil]), (insert, [1, nil]), (insert, [2, nil])])
            #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
            let error = #expect(throws: PostgresError.self) { try results[1].get() }
            #expect(error?.sqlState == "23505")
            #expect(try await connection.scalar("SELECT count(*) FROM t") == "2")
        }
    }

    @Test func oneNameStandsForOneText() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.query(PostgresStatement("s", "SELECT 1"))
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query(PostgresStatement("s", "SELECT 2"))
            }
            #expect(error?.kind == .value)
        }
    }

    @Test func whatCannotBeSentFailsBeforeAnythingIsSent() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.query("CREATE TABLE t (a int PRIMARY KEY, b text)")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.pipeline([(insert, [1, "fine"]), (insert, [2, "a\0b"])])
            }
            #expect(error?.kind == .value)
            #expect(error?.description.contains("a\0b") == false)
            #expect(try await connection.scalar("SELECT count(*) FROM t") == "0")
        }
    }

    @Test func aSessionEndedInTheMiddleKeepsWhatWasAnswered() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.query("CREATE TABLE t (a int PRIMARY KEY, b text)")
            let end = PostgresStatement("end", "SELECT pg_terminate_backend(pg_backend_pid())")
            let results = try await connection.pipeline([(insert, [1, nil]), (end, []), (insert, [2, nil])])
            #expect(try results[0].get().affectedRows == 1)
            let error = #expect(throws: PostgresError.self) { try results[1].get() }
            #expect(error?.sqlState == "57P01")
            let rest = #expect(throws: PostgresError.self) { try results[2].get() }
            #expect(rest?.kind == .connectionLost && rest?.isOutcomeUnknown == true)
            #expect(await connection.isClosed)
        }
    }

    @Test func copyIsRefusedAndEndsTheSession() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.query("CREATE TABLE t (a int)")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query(PostgresStatement("copy", "COPY t TO STDOUT"))
            }
            #expect(error?.kind == .value || error?.kind == .server)
            #expect(error?.message.contains("COPY") == true)
        }
    }

    @Test func arraysFillManyRowsAtOnce() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            try await connection.query("CREATE TABLE t (a int PRIMARY KEY, b text)")
            let many = PostgresStatement("many", "INSERT INTO t SELECT * FROM unnest($1::int[], $2::text[])")
            let texts = (0..<1_000).map { #"{"a,b\ \#($0)"}"# }
            #expect(try await connection.query(many, [Array(0..<1_000), texts]).affectedRows == 1_000)
            let stored = try await connection.query("SELECT b FROM t ORDER BY a")
            #expect(stored.rows.map { $0[0] } == texts)
        }
    }
}
