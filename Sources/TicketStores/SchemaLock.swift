internal import PostgresClient

/// The one advisory lock under which the schema and the seeds change. The server frees it when the session ends.
enum SchemaLock {
    /// "tickmigr" in ASCII; such locks are per database.
    static let key: Int64 = 0x7469_636b_6d69_6772

    /// Runs `body` while this session holds the lock, over as many transactions as it likes.
    ///
    /// - Throws: `lockTimeout`, naming the holder; what `body` throws.
    static func holding<Result: Sendable>(
        on connection: PostgresConnection, within limit: Duration, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await acquire(on: connection, within: limit)
        let result: Result
        do {
            result = try await body()
        } catch {
            await release(on: connection)
            throw error
        }
        await release(on: connection)
        return result
    }

    private static func acquire(on connection: PostgresConnection, within limit: Duration) async throws {
        do {
            try await connection.transaction { connection in
                // The lock is the session's and outlives this transaction; the two limits do not.
                try await connection.query(
                    "SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', '0', true)",
                    ["\(max(1, limit.milliseconds))ms"])
                try await connection.query("SELECT pg_advisory_lock($1)", [key], timeout: limit + .seconds(5))
            }
        } catch let error as PostgresError where error.sqlState == "55P03" {
            throw TicketStoreError(
                .lockTimeout,
                "another session is changing the schema of \(connection.target): "
                    + "\(try await holder(on: connection)); waited \(limit)",
                remedy: "wait for it and run the command again", underlying: error)
        }
    }

    /// Never fails: ending the session frees the lock too.
    private static func release(on connection: PostgresConnection) async {
        do {
            try await connection.query("SELECT pg_advisory_unlock($1)", [key])
        } catch {
            await connection.close()
        }
    }

    private static func holder(on connection: PostgresConnection) async throws -> String {
        let result = try await connection.query(
            """
            SELECT concat_ws(' ', 'process', a.pid, a.application_name,
                             'from', coalesce(a.client_addr::text, 'local'),
                             'signed in',
                             to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS who
            FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND (l.classid::bigint << 32) + l.objid::bigint = $1
            """,
            [key])
        return result.rows.first?["who"] ?? "it has just finished"
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
