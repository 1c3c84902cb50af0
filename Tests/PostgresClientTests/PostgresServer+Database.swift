import Foundation
import PostgresClient
import TestSupport
import Testing

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
        var configuration = try server.configuration(database: name)
        // None of these strikes but where a test is about it.
        configuration.connectTimeout = .seconds(300)
        configuration.statementTimeout = .seconds(900)
        let connection = try await PostgresConnection.connect(configuration)
        try await body(connection, configuration)
        await connection.close()
        try await administrator.query("DROP DATABASE \(name) WITH (FORCE)")
    }
}

extension PostgresPool {
    /// What callers are told who get no session: on a busy machine it may take a few to be told the cause.
    func connectFailure() async throws -> PostgresError {
        var failure: PostgresError?
        try await eventually {
            do {
                try await query(PostgresStatement("one", "SELECT 1"))
            } catch let error as PostgresError where error.kind == .connect {
                failure = error
            } catch let error as PostgresError where error.kind == .overloaded {}
            return failure != nil
        }
        return try #require(failure)
    }
}

extension PostgresConnection {
    /// The first column of the first row.
    func scalar(_ sql: String) async throws -> String? { try await query(sql).rows.first?[0] }
}
