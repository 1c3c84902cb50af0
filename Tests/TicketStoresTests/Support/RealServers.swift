import Foundation
import NIOPosix
import PostgresClient
import RedisClient
import TestSupport
import Ticketing

@testable import TicketStores

/// A database with the schema and the demo catalogue.
struct LedgerDatabase: Sendable {
    /// One for all tests that do not stop the server.
    static let shared = Task { try await LedgerDatabase(PostgresServer.shared.get(), name: "ledger") }

    let server: PostgresServer
    let configuration: PostgresConfiguration
    private let name: String

    init(_ server: PostgresServer, name: String) async throws {
        self.server = server
        self.name = name
        try server.sql("CREATE DATABASE \(name)")
        var configuration = try server.configuration(database: name)
        configuration.connectTimeout = .seconds(300)
        configuration.statementTimeout = .seconds(300)
        self.configuration = configuration
        let connection = try await PostgresConnection.connect(configuration)
        _ = try await MigrationRunner(toolVersion: "test").migrate(connection)
        await connection.close()
        try await seed(.demo)
    }

    func seed(_ catalogue: EventCatalogue) async throws {
        let connection = try await PostgresConnection.connect(configuration)
        _ = try await CatalogueSeeder().seed(catalogue, on: connection)
        await connection.close()
    }

    func pool(connections: Int = 8, acquireTimeout: Duration = .seconds(300)) -> PostgresPool {
        var limits = PostgresPool.Configuration()
        limits.connections = connections
        limits.acquireTimeout = acquireTimeout
        var configuration = configuration
        configuration.settings = PostgresLedger.sessionSettings
        return PostgresPool(limits) { [configuration] in configuration }
    }

    @discardableResult
    func sql(_ sql: String) throws -> [String] { try server.sql(sql, database: name) }
}

extension RedisServer {
    /// One for all tests that do not stop it.
    static let shared = Result { try RedisServer() }
}

extension RedisCluster {
    static let shared = Result { try RedisCluster() }
}

/// A client that has reached all that there is at `url`.
func redisClient(_ url: String) async throws -> RedisClient {
    var configuration = try RedisConfiguration(url: url)
    // The machine may be busy with other things.
    configuration.commandTimeout = .seconds(120)
    configuration.stallTimeout = .seconds(180)
    configuration.connectTimeout = .seconds(60)
    let client = try RedisClient(configuration, group: MultiThreadedEventLoopGroup.singleton)
    try await client.ready(within: .seconds(120))
    return client
}
