import ArgumentParser
import Foundation
import PostgresClient
import TicketStores
import Ticketing

struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract:
            "The ledger's schema and seeds, in the database of DATABASE_URL (or DATABASE_HOST and DATABASE_SECRET_ARN).",
        subcommands: [Migrate.self, Status.self])

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Applies missing migrations and seeds. Running it twice, or twice at once, applies once.")

        func run() async throws {
            let database = try await Database(ProcessInfo.processInfo.environment)
            let connection = try await database.connect()
            let report = try await database.runner.migrate(connection) { migration in
                Terminal.standardOutput(
                    "applied \(migration.version) \(migration.name) in \(migration.durationMilliseconds) ms\n")
            }
            let seeds = try await CatalogueSeeder().seed(.demo, on: connection)
            await connection.close()
            Terminal.standardOutput(
                "\(report.applied.count) applied, \(report.alreadyApplied) before; event \(seeds.eventID): "
                    + "\(seeds.seats.inserted) seats inserted, \(seeds.seats.updated) updated, "
                    + "\(seeds.seats.unchanged) unchanged\n")
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows which migrations are applied. Exit code 2: some are missing.")

        func run() async throws {
            let database = try await Database(ProcessInfo.processInfo.environment)
            let connection = try await database.connect()
            let status = try await database.runner.status(on: connection)
            await connection.close()
            for migration in status.applied {
                Terminal.standardOutput(
                    "applied  \(migration.version)  \(migration.name)  \(migration.appliedAt) by \(migration.appliedBy)\n"
                )
            }
            for migration in status.pending {
                Terminal.standardOutput("missing  \(migration.version)  \(migration.name)\n")
            }
            if let problem = status.problem { throw problem }
            if !status.isCurrent { throw ExitStatus.changes.exit }
        }
    }
}
