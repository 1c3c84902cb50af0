internal import PostgresClient

/// The table that tells which migrations a database has seen.
enum MigrationLedger {
    static func create(on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version      integer PRIMARY KEY,
                name         text NOT NULL,
                checksum     text NOT NULL,
                applied_at   timestamptz NOT NULL DEFAULT now(),
                applied_by   text NOT NULL DEFAULT current_user,
                tool_version text NOT NULL,
                duration_ms  integer NOT NULL
            )
            """)
    }

    /// Oldest first; empty when the table is not there yet.
    static func read(on connection: PostgresConnection) async throws -> [AppliedMigration] {
        let table = try await connection.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS present")
        guard try table.rows.first?.decode("present", as: Bool.self) == true else { return [] }
        let result = try await connection.query("SELECT \(columns) FROM schema_migrations ORDER BY version")
        return try result.rows.map(migration)
    }

    /// Within the transaction of the migration itself, whose age is the duration.
    static func record(
        _ migration: Migration, toolVersion: String, on connection: PostgresConnection
    ) async throws -> AppliedMigration {
        let result = try await connection.query(
            """
            INSERT INTO schema_migrations (version, name, checksum, tool_version, duration_ms)
            VALUES ($1, $2, $3, $4, extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)
            RETURNING \(columns)
            """,
            [migration.version, migration.name, migration.checksum, toolVersion])
        guard let row = result.rows.first else {
            throw PostgresError(
                kind: .value, message: "the ledger returned no row", target: connection.target)
        }
        return try self.migration(row)
    }

    /// Throws what forbids `migrate` to go on from `applied`.
    static func check(
        _ applied: [AppliedMigration], against known: [Migration]
    ) throws(TicketStoreError) {
        guard known.map(\.version) == Array(1..<known.count + 1) else {
            throw TicketStoreError(
                .migrationsUnusable, "the binary's migrations are not numbered 1 to \(known.count)",
                remedy: "number them without gaps")
        }
        for (index, row) in applied.enumerated() {
            guard row.version <= known.count else {
                throw TicketStoreError(
                    .databaseNewer,
                    "the database has migration \(row.version) (\(row.name), by tickctl \(row.toolVersion)); "
                        + "this binary knows none past \(known.count)",
                    version: row.version, remedy: "run tickctl \(row.toolVersion) or later")
            }
            guard row.version == index + 1 else {
                throw TicketStoreError(
                    .ledgerGap, "the database has migration \(row.version) without \(index + 1)",
                    version: row.version,
                    remedy: "restore the database, or the missing row of schema_migrations if its change stands")
            }
            let migration = known[index]
            guard row.checksum == migration.checksum, row.name == migration.name else {
                throw TicketStoreError(
                    .checksumMismatch,
                    "migration \(row.version) was applied as \(row.name) \(row.checksum.prefix(12)), "
                        + "but this binary holds \(migration.name) \(migration.checksum.prefix(12))",
                    version: row.version,
                    remedy: "run the binary of that version (tickctl \(row.toolVersion)), or put the change into a "
                        + "new migration")
            }
        }
    }

    private static let columns = """
        version, name, checksum, applied_by, tool_version, duration_ms,
        to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at
        """

    private static func migration(_ row: PostgresRow) throws -> AppliedMigration {
        try AppliedMigration(
            version: row.decode("version"), name: row.decode("name"), checksum: row.decode("checksum"),
            appliedAt: row.decode("applied_at"), appliedBy: row.decode("applied_by"),
            toolVersion: row.decode("tool_version"), durationMilliseconds: row.decode("duration_ms"))
    }
}
