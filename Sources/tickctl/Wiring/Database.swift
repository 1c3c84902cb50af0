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

    /// Whether `environment` names a database.
    static func isNamed(in environment: [String: String]) -> Bool {
        environment["DATABASE_URL"].nonEmpty != nil || environment["DATABASE_HOST"].nonEmpty != nil
    }

    /// Everything that is wrong with the DATABASE_ variables of `environment`, a line each; no value of a URL is shown.
    static func problems(in environment: [String: String]) -> [String] {
        if let url = environment["DATABASE_URL"].nonEmpty {
            do {
                _ = try PostgresConfiguration(url: url)
                return []
            } catch {
                return ["DATABASE_URL: \(error.message)"]
            }
        }
        var lines: [String] = []
        if environment["DATABASE_HOST"].nonEmpty == nil || environment["DATABASE_SECRET_ARN"].nonEmpty == nil {
            lines.append(
                "DATABASE_URL is not set; export DATABASE_URL=postgres://user:password@host:5432/ticket, or both "
                    + "DATABASE_HOST and DATABASE_SECRET_ARN as the tasks have them; "
                    + "`tickctl up --step 08-db-init` runs the migrations inside the VPC")
        }
        if let text = environment["DATABASE_PORT"].nonEmpty, !(Int(text).map((1...65_535).contains) ?? false) {
            lines.append("DATABASE_PORT=\(text.prefix(40)): a whole number from 1 to 65535 is expected")
        }
        if let text = environment["DATABASE_SSLMODE"].nonEmpty, PostgresConfiguration.TLSMode(rawValue: text) == nil {
            let known = PostgresConfiguration.TLSMode.allCases.map(\.rawValue).joined(separator: ", ")
            lines.append("DATABASE_SSLMODE=\(text.prefix(40)): one of \(known) is expected")
        }
        return lines
    }

    /// The database that `environment` names: DATABASE_URL, or what step 04 gives its tasks: DATABASE_HOST, -_PORT, -_NAME
    /// and the ARN of the secret that RDS keeps user and password in, read anew each time because RDS rotates it.
    /// - Throws: `Refusal` when it names none; `AWSError`, `PostgresError`; `TicketStoreError` for an unusable secret.
    init(_ environment: [String: String]) async throws {
        if let url = environment["DATABASE_URL"].nonEmpty {
            try self.init(url: url)
            return
        }
        let problems = Self.problems(in: environment)
        guard problems.isEmpty, let host = environment["DATABASE_HOST"].nonEmpty,
            let arn = environment["DATABASE_SECRET_ARN"].nonEmpty
        else { throw Refusal(description: problems.joined(separator: "\n")) }
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
