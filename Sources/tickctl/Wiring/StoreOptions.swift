import ArgumentParser
import Foundation
import NIOPosix
import PostgresClient
import ServiceRoles
import TicketStores
import Ticketing

/// Which stores an operator's command looks at: those that `serve` has in the same environment and folder.
struct StoreOptions: ParsableArguments {
    @Option(help: "Folder of the embedded stores, as given to `tickctl serve`.")
    var dataDir = ".tickctl"

    /// Runs `body` on the stores, and closes them.
    ///
    /// - Throws: `Refusal` when an embedded store is meant and nothing was ever served from the folder.
    func withStores<Result>(_ body: (OperatorStores) async throws -> Result) async throws -> Result {
        let environment = ProcessInfo.processInfo.environment
        let settings = try ServiceSettings(environment)
        try requireDatabase(settings)
        let stores = try await ServiceStores(
            settings, environment: environment, folder: dataDir, group: MultiThreadedEventLoopGroup.singleton,
            seedsDemo: false)
        do {
            let result = try await body(
                OperatorStores(stores: stores, settings: settings, ledger: ledger(settings, environment)))
            await stores.close()
            return result
        } catch {
            await stores.close()
            throw error
        }
    }

    /// The ledger's tables, as they are exported.
    func ledger(_ settings: ServiceSettings, _ environment: [String: String]) -> LedgerTables {
        LedgerTables(environment: environment, path: settings.hasLedger ? nil : databasePath)
    }

    /// The path of the embedded database, which need not exist.
    var databasePath: String { "\(dataDir)/\(EmbeddedDatabase.fileName)" }

    /// A look at nothing would find everything in order.
    func requireDatabase(_ settings: ServiceSettings) throws {
        let embedded = [
            ("DDB_TABLE", settings.table != nil), ("SQS_URL", settings.queueURL != nil),
            ("DATABASE_URL", settings.hasLedger),
        ].filter { !$0.1 }.map(\.0)
        guard !embedded.isEmpty, !FileManager.default.fileExists(atPath: databasePath) else { return }
        throw Refusal(
            description:
                "\(embedded.joined(separator: ", ")) not set, so the embedded stores are meant, but there is no "
                + "\(databasePath); name the folder of `tickctl serve` with --data-dir, or export what the services have"
        )
    }
}

/// The stores of a deployment, open.
struct OperatorStores {
    var stores: ServiceStores
    var settings: ServiceSettings
    var ledger: LedgerTables

    var backends: Backends { stores.backends }

    /// What the workers do about an unpaid intent.
    var capture: CapturePolicy { settings.roles.requiresPayment ? .approvedOnly : .withoutProvider }
}
