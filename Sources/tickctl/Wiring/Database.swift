import AWSCore
import AWSResources
import AWSServices
import CurlTransport
import Foundation
import OpenSSLCrypto
import PostgresClient
import TicketStores
import Ticketing

/// A database that is reached directly: migrations and the demo event.
struct Database: DatabaseMigrator {
    let configuration: PostgresConfiguration

    /// What step 08 brings a database to: every migration and the seeds of this binary.
    static let checksum = SHA256.hex(
        Migration.all.map(\.checksum).joined() + EventCatalogue.demo.checksum)

    /// - Throws: `PostgresError` when the URL is none.
    init(url: String) throws { self.init(try PostgresConfiguration(url: url)) }

    /// The database's operators see whose sessions these are, unless the URL names them otherwise.
    private init(_ configuration: PostgresConfiguration) {
        var configuration = configuration
        configuration.applicationName = configuration.applicationName ?? "tickctl \(Tickctl.version)"
        self.configuration = configuration
    }

    /// The database that `environment` names: DATABASE_URL, or what step 04 gives its tasks: DATABASE_HOST, -_PORT, -_NAME
    /// and the ARN of the secret that RDS keeps user and password in, read anew each time because RDS rotates it.
    /// - Throws: `Refusal` when it names none; `AWSError`, `PostgresError`; `TicketStoreError` for an unusable secret.
    init(_ environment: [String: String]) async throws {
        if let url = environment["DATABASE_URL"].nonEmpty {
            try self.init(url: url)
            return
        }
        guard let host = environment["DATABASE_HOST"].nonEmpty, let arn = environment["DATABASE_SECRET_ARN"].nonEmpty
        else {
            throw Refusal(
                description: "DATABASE_URL is not set; export DATABASE_URL=postgres://user:password@host:5432/ticket, "
                    + "or let `tickctl up --step 08-db-init` run the migrations inside the VPC")
        }
        let shared = try SharedConfiguration(environment: environment)
        let transport = CurlTransport()
        let client = AWSClient(
            transport: transport,
            configuration: .init(
                credentials: CredentialChain(configuration: shared, transport: transport),
                endpoints: EndpointResolver(shared)))
        let region = shared.region ?? String(arn.split(separator: ":").dropFirst(3).first ?? "")
        let answer = try await client.send(SecretsManager.GetSecretValue(secretId: arn), region: region)
        self.init(
            try PostgresConfiguration(
                rdsSecret: answer.secretString, host: host,
                port: environment["DATABASE_PORT"].flatMap(Int.init) ?? 5432,
                database: environment["DATABASE_NAME"].nonEmpty ?? "ticket",
                tls: environment["DATABASE_SSLMODE"].flatMap(PostgresConfiguration.TLSMode.init(rawValue:)) ?? .require)
        )
    }

    func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(configuration)
    }

    func appliedChecksum() async throws -> String? {
        let connection = try await connect()
        let status = try await runner.status(on: connection)
        let isSeeded = status.isCurrent ? try await CatalogueSeeder().isSeeded(.demo, on: connection) : false
        await connection.close()
        if status.applied.isEmpty { return nil }
        return status.isCurrent && isSeeded ? Self.checksum : "version \(status.applied.last?.version ?? 0)"
    }

    func migrate() async throws {
        let connection = try await connect()
        _ = try await runner.migrate(connection)
        _ = try await CatalogueSeeder().seed(.demo, on: connection)
        await connection.close()
    }

    var runner: MigrationRunner { MigrationRunner(toolVersion: Tickctl.version) }
}
