import ArgumentParser
import Foundation
import PostgresClient
import ServiceRoles
import TicketStores
import Ticketing

struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "The ledger's schema, seeds and exports.",
        discussion: """
            The database is that of DATABASE_URL (or DATABASE_HOST and DATABASE_SECRET_ARN). Without them, `seed` and \
            `export` are about the embedded one of `tickctl serve`, in --data-dir.
            """,
        subcommands: [Migrate.self, Status.self, Seed.self, Export.self])

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate",
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
            commandName: "status",
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

    struct Seed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "seed",
            abstract: "Writes an event with its sections and seats. Seeding again changes nothing.",
            discussion: """
                The file is YAML, or JSON if its name ends in .json: `event: {id, name, currency, salesOpenAt, startsAt, \
                purchaseLimit}`, `sections: [{id, name, seats: [{id, row, number, priceMinor}]}]`. All of it is written or \
                nothing. What a changed file no longer has stays; the price of a sold seat cannot change.
                """)
        @OptionGroup var storeOptions: StoreOptions
        @Option(help: ArgumentHelp("The event's file; demo: the event that is built in.", valueName: "FILE"))
        var event: String

        func run() async throws {
            let catalogue = try Self.catalogue(event)
            let environment = ProcessInfo.processInfo.environment
            let settings = try ServiceSettings(environment)
            let report: SeedReport
            let place: String
            if settings.hasLedger {
                let connection = try await Database(environment).connect()
                report = try await CatalogueSeeder().seed(catalogue, on: connection)
                place = connection.target
                await connection.close()
            } else {
                let database = try EmbeddedDatabase(path: storeOptions.databasePath)
                report = try await database.seed(catalogue)
                place = database.path
                try database.close()
            }
            Terminal.standardOutput(
                "event \(report.eventID) in \(place): \(report.seats.inserted) seats inserted, "
                    + "\(report.seats.updated) updated, \(report.seats.unchanged) unchanged\n")
        }

        private static func catalogue(_ name: String) throws -> EventCatalogue {
            if name == "demo" { return .demo }
            guard let bytes = FileManager.default.contents(atPath: name) else {
                throw ValidationError("\(name) cannot be read; give the file of an event, or demo")
            }
            do {
                return try EventFile.catalogue(Array(bytes), name.hasSuffix(".json") ? .json : .yaml)
            } catch let error as EventFileError {
                throw ValidationError("\(name): \(error); nothing was written")
            } catch let error as CatalogueError {
                throw ValidationError("\(name): \(error.place): \(error.reason); nothing was written")
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Prints the ledger's tables as they stand at one instant.",
            discussion: """
                Without --table all of them, a JSON object a line with the table's name in it. Amounts are in minor units, \
                instants in UTC. No secret is part of it.
                """)

        enum Format: String, ExpressibleByArgument, CaseIterable {
            case csv, jsonl
        }

        private static let tables = LedgerTable.allCases.map(\.rawValue).joined(separator: ", ")

        @OptionGroup var storeOptions: StoreOptions
        @Option(help: "Only this event.")
        var event: String?
        @Option(
            help: ArgumentHelp(
                "Only this table: \(Self.tables).", valueName: "table"),
            transform: { name in
                guard let table = LedgerTable(rawValue: name) else {
                    throw ValidationError("there is no table \(name); there are \(Self.tables)")
                }
                return table
            })
        var table: LedgerTable?
        @Option(help: "jsonl, or csv (RFC 4180, with --table).")
        var format = Format.jsonl

        func validate() throws {
            if format == .csv && table == nil {
                throw ValidationError("--format csv needs --table: a CSV file has the columns of one table")
            }
        }

        func run() async throws {
            let environment = ProcessInfo.processInfo.environment
            let settings = try ServiceSettings(environment)
            if !settings.hasLedger { try storeOptions.requireDatabase(settings) }
            let ledger = storeOptions.ledger(settings, environment)
            if let event { try await requireEvent(event, in: ledger) }
            let output = StandardOutput()
            if format == .csv, let table { try output.line(table.csvHeader) }
            let (format, isNamed) = (format, table == nil)
            try await ledger.read(table.map { [$0] } ?? LedgerTable.allCases, eventID: event) { row in
                try output.line(format == .csv ? try row.csv() : try row.json(naming: isNamed))
            }
            try output.flush()
        }

        /// A slip of the pen is no empty export.
        private func requireEvent(_ event: String, in ledger: LedgerTables) async throws {
            let known = try await ledger.rows([.events]).compactMap { $0["event_id"].text }
            guard !known.contains(event) else { return }
            throw ValidationError(
                "there is no event \(event); there are: \(known.isEmpty ? "none" : known.joined(separator: ", "))")
        }
    }
}
