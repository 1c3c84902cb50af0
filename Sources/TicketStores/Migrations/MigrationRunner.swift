public import PostgresClient

/// Brings a database to the schema of this binary.
///
/// One session at a time, by an advisory lock; each migration in a transaction of its own, together with its row in the
/// ledger. So it may be run twice, twice at once, or again after a kill: every migration is applied once.
public struct MigrationRunner: Sendable {
    private let migrations: [Migration]
    private let toolVersion: String
    /// How long to wait for another runner.
    public var lockTimeout: Duration = .seconds(60)
    /// Bounds each migration.
    public var migrationTimeout: Duration = .seconds(600)

    public init(migrations: [Migration] = Migration.all, toolVersion: String) {
        self.migrations = migrations
        self.toolVersion = toolVersion
    }

    /// How the database stands. Changes nothing and takes no lock.
    public func status(on connection: PostgresConnection) async throws -> MigrationStatus {
        let applied = try await MigrationLedger.read(on: connection)
        do {
            try MigrationLedger.check(applied, against: migrations)
        } catch {
            return MigrationStatus(applied: applied, pending: [], problem: error)
        }
        return MigrationStatus(applied: applied, pending: Array(migrations.dropFirst(applied.count)), problem: nil)
    }

    /// Applies what is missing.
    ///
    /// - Parameter progress: called after each migration has been committed.
    /// - Throws: `TicketStoreError` when the ledger contradicts the binary, the lock is not had in time or a migration
    ///   fails (`version` and `underlying.sqlState` tell which and why); `PostgresError`; `CancellationError`.
    public func migrate(
        _ connection: PostgresConnection, progress: @escaping @Sendable (AppliedMigration) -> Void = { _ in }
    ) async throws -> MigrationReport {
        try await SchemaLock.holding(on: connection, within: lockTimeout) {
            try await MigrationLedger.create(on: connection)
            let status = try await status(on: connection)
            if let problem = status.problem { throw problem }
            var report = MigrationReport(applied: [], alreadyApplied: status.applied.count)
            for migration in status.pending {
                let applied = try await apply(migration, on: connection)
                progress(applied)
                report.applied.append(applied)
            }
            return report
        }
    }

    private func apply(_ migration: Migration, on connection: PostgresConnection) async throws -> AppliedMigration {
        do {
            return try await connection.transaction { connection in
                try await connection.query(
                    "SELECT set_config('statement_timeout', $1, true)", ["\(migrationTimeout.milliseconds)ms"])
                try await connection.execute(script: migration.sql, timeout: migrationTimeout + .seconds(5))
                return try await MigrationLedger.record(migration, toolVersion: toolVersion, on: connection)
            }
        } catch let error as PostgresError where error.kind == .server {
            throw TicketStoreError(
                .migrationFailed, "migration \(migration.version) (\(migration.name)) failed and was rolled back",
                version: migration.version,
                remedy: "mend the cause and run `tickctl db migrate` again; the migrations before it stand",
                underlying: error)
        }
    }
}
