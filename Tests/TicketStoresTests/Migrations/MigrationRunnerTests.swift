import Foundation
import PostgresClient
import Synchronization
import TestSupport
import Testing
import TicketStores

@Suite struct MigrationRunnerTests {
    private let runner = MigrationRunner(toolVersion: "1.2.3")

    private static let one = Migration(version: 1, name: "one", sql: "CREATE TABLE one (a int)")
    private static let two = Migration(version: 2, name: "two", sql: "CREATE TABLE two (a int)")
    private static let three = Migration(
        version: 3, name: "three", sql: "CREATE TABLE three (a int); INSERT INTO absent VALUES (1)")

    @Test func theWholeSchemaIsAppliedOnceFromEmpty() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let before = try await runner.status(on: connection)
            #expect(before.applied.isEmpty && before.pending == Migration.all && !before.isCurrent)
            #expect(try await connection.scalar("SELECT to_regclass('schema_migrations')") == nil)

            let seen = Mutex<[Int]>([])
            let first = try await runner.migrate(connection) { row in seen.withLock { $0.append(row.version) } }
            #expect(first.applied.map(\.version) == Migration.all.map(\.version) && first.alreadyApplied == 0)
            #expect(seen.withLock { $0 } == Migration.all.map(\.version))
            let row = try #require(first.applied.first)
            #expect(row.checksum == Migration.all[0].checksum && row.name == "catalogue")
            #expect(row.toolVersion == "1.2.3" && row.appliedBy == PostgresServer.user)
            #expect(row.appliedAt.hasSuffix("Z") && row.durationMilliseconds >= 0)

            let second = try await runner.migrate(connection)
            #expect(second.applied.isEmpty && second.alreadyApplied == Migration.all.count)
            let after = try await runner.status(on: connection)
            #expect(after.isCurrent && after.applied == first.applied)
            let tables = """
                SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'
                """
            let expected =
                "events idempotent_requests intents orders outbox payments schema_migrations seats sections tickets"
            #expect(try await connection.scalar(tables) == expected)
            let locks = """
                SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """
            #expect(try await connection.scalar(locks) == "0")
        }
    }

    @Test func everyTableIsDescribed() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            _ = try await runner.migrate(connection)
            let silent = try await connection.scalar(
                """
                SELECT string_agg(relname, ' ') FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'schema_migrations'
                    AND obj_description(oid, 'pg_class') IS NULL
                """)
            #expect(silent == nil)
        }
    }

    @Test func twoRunnersAtOnceApplyEachMigrationOnce() async throws {
        try await PostgresServer.withDatabase { connection, configuration in
            // Slow enough for both to be inside without the lock; and it counts its own runs.
            let slow = Migration(
                version: 1, name: "slow",
                sql: "CREATE SEQUENCE IF NOT EXISTS runs; SELECT nextval('runs'); SELECT pg_sleep(0.3)")
            let runner = MigrationRunner(migrations: [slow, Self.two], toolVersion: "1")
            let reports = try await withThrowingTaskGroup(of: MigrationReport.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await runner.migrate(try await PostgresConnection.connect(configuration))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.map(\.applied.count).sorted() == [0, 0, 0, 2])
            #expect(reports.map(\.alreadyApplied).sorted() == [0, 2, 2, 2])
            #expect(try await connection.scalar("SELECT last_value FROM runs") == "1")
            #expect(try await connection.scalar("SELECT count(*) FROM schema_migrations") == "2")
        }
    }

    @Test func aFailingMigrationIsRolledBackAloneAndNamed() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let runner = MigrationRunner(migrations: [Self.one, Self.two, Self.three], toolVersion: "1")
            let error = await #expect(throws: TicketStoreError.self) { try await runner.migrate(connection) }
            #expect(error?.code == .migrationFailed)
            #expect(error?.version == 3)
            #expect(error?.underlying?.sqlState == "42P01")
            #expect(error?.description.contains("migration 3 (three) failed and was rolled back") == true)
            #expect(error?.description.contains("42P01: relation \"absent\" does not exist") == true)
            let status = try await runner.status(on: connection)
            #expect(status.applied.map(\.version) == [1, 2] && status.pending == [Self.three])
            #expect(try await connection.scalar("SELECT to_regclass('three')") == nil)
            // The lock is free again, and a mended script goes on from where it stopped.
            let mended = Migration(version: 3, name: "three", sql: "CREATE TABLE three (a int)")
            let next = MigrationRunner(migrations: [Self.one, Self.two, mended], toolVersion: "2")
            #expect(try await next.migrate(connection).applied.map(\.version) == [3])
        }
    }

    @Test func aMigrationThatCannotBeRecordedIsRolledBack() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let unrecordable = Migration(
                version: 2, name: "unrecordable",
                sql: "CREATE TABLE two (a int); ALTER TABLE schema_migrations ADD CONSTRAINT no CHECK (version <> 2)")
            let runner = MigrationRunner(migrations: [Self.one, unrecordable], toolVersion: "1")
            let error = await #expect(throws: TicketStoreError.self) { try await runner.migrate(connection) }
            #expect(error?.code == .migrationFailed && error?.underlying?.constraint == "no")
            let table = try await connection.scalar("SELECT to_regclass('two')")
            #expect(table == nil)
        }
    }

    /// What the ledger says against the binary, and the refusal.
    @Test(arguments: [
        (
            "UPDATE schema_migrations SET checksum = repeat('0', 64) WHERE version = 1",
            TicketStoreError.Code.checksumMismatch, 1
        ),
        ("UPDATE schema_migrations SET name = 'other' WHERE version = 2", .checksumMismatch, 2),
        (
            """
            INSERT INTO schema_migrations (version, name, checksum, tool_version, duration_ms)
            VALUES (3, 'new', 'c', '9.9.9', 1)
            """, .databaseNewer, 3
        ),
        ("DELETE FROM schema_migrations WHERE version = 1", .ledgerGap, 2),
    ])
    func aLedgerThatContradictsTheBinaryIsRefused(sql: String, code: TicketStoreError.Code, version: Int) async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let binary = [Self.one, Self.two]
            _ = try await MigrationRunner(migrations: binary, toolVersion: "1").migrate(connection)
            try await connection.query(sql)
            let runner = MigrationRunner(migrations: binary, toolVersion: "1")
            let error = await #expect(throws: TicketStoreError.self) { try await runner.migrate(connection) }
            #expect(error?.code == code)
            #expect(error?.version == version)
            if code == .databaseNewer { #expect(error?.description.contains("run tickctl 9.9.9 or later") == true) }
            let status = try await runner.status(on: connection)
            #expect(status.problem?.code == code && status.pending.isEmpty && !status.isCurrent)
        }
    }

    @Test func migrationsWithAGapAreRefused() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let runner = MigrationRunner(migrations: [Self.one, Self.three], toolVersion: "1")
            let error = await #expect(throws: TicketStoreError.self) { try await runner.migrate(connection) }
            #expect(error?.code == .migrationsUnusable)
            let table = try await connection.scalar("SELECT to_regclass('one')")
            #expect(table == nil)
        }
    }

    @Test func waitingForTheLockIsBoundedAndNamesItsHolder() async throws {
        try await PostgresServer.withDatabase { connection, configuration in
            var other = configuration
            other.applicationName = "other-runner"
            let holder = try await PostgresConnection.connect(other)
            try await holder.query("SELECT pg_advisory_lock($1)", [Int64(0x7469_636b_6d69_6772)])
            var runner = MigrationRunner(migrations: [Self.one], toolVersion: "1")
            runner.lockTimeout = .milliseconds(200)
            let error = await #expect(throws: TicketStoreError.self) { try await runner.migrate(connection) }
            #expect(error?.code == .lockTimeout)
            let process = await holder.backendProcessID
            #expect(error?.message.contains("process \(process) other-runner from 127.0.0.1") == true)
            await holder.close()
            runner.lockTimeout = .seconds(300)
            #expect(try await runner.migrate(connection).applied.count == 1)
        }
    }

    @Test func aRunnerThatDiesInAMigrationLeavesNothingBehind() async throws {
        try await PostgresServer.withDatabase { observer, configuration in
            let slow = Migration(version: 1, name: "slow", sql: "CREATE TABLE slow (a int); SELECT pg_sleep(600)")
            let runner = MigrationRunner(migrations: [slow], toolVersion: "1")
            let connection = try await PostgresConnection.connect(configuration)
            let process = await connection.backendProcessID
            let run = Task { try await runner.migrate(connection) }
            let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE pid = \(process) AND wait_event = 'PgSleep'"
            try await eventually { try await observer.scalar(sleeping) == "1" }
            try await observer.query("SELECT pg_terminate_backend($1)", [process])
            await #expect(throws: (any Error).self) { try await run.value }
            let quick = Migration(version: 1, name: "slow", sql: "CREATE TABLE slow (a int)")
            let next = MigrationRunner(migrations: [quick], toolVersion: "1")
            #expect(try await next.migrate(observer).applied.map(\.version) == [1])
        }
    }
}
