import Foundation
import PostgresClient
import TestSupport

extension PostgresServer {
    func configuration(database: String = "postgres", query: String = "") throws -> PostgresConfiguration {
        try PostgresConfiguration(url: url(database: database, query: query))
    }

    /// A session with a new, empty database of its own.
    static func withDatabase(
        _ body: (_ connection: PostgresConnection, _ configuration: PostgresConfiguration) async throws -> Void
    ) async throws {
        let server = try shared.get()
        let name = "t_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        let administrator = try await PostgresConnection.connect(server.configuration())
        try await administrator.query("CREATE DATABASE \(name)")
        let configuration = try server.configuration(database: name)
        let connection = try await PostgresConnection.connect(configuration)
        try await body(connection, configuration)
        await connection.close()
        try await administrator.query("DROP DATABASE \(name) WITH (FORCE)")
    }
}

extension PostgresConnection {
    /// The first column of the first row.
    func scalar(_ sql: String) async throws -> String? { try await query(sql).rows.first?[0] }
}
