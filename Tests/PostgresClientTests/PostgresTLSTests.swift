import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresTLSTests {
    /// A server that takes sessions over TLS alone.
    private static let server = Result { try PostgresServer(requiresTLS: true) }

    private func connect(
        host: String = "127.0.0.1", mode: String = "verify-full", authority: String?
    ) async throws -> String? {
        let server = try Self.server.get()
        var configuration = try PostgresConfiguration(url: server.url(host: host, query: "?sslmode=\(mode)"))
        configuration.rootCertificateFile = authority
        return try await PostgresConnection.connect(configuration)
            .scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    }

    private func refusal(
        host: String = "127.0.0.1", mode: String = "verify-full", authority: String?
    ) async throws -> PostgresError {
        let error = await #expect(throws: PostgresError.self) {
            try await connect(host: host, mode: mode, authority: authority)
        }
        return try #require(error)
    }

    @Test func theServersAuthorityAndNameAreAccepted() async throws {
        #expect(try await connect(authority: Self.server.get().authorityFile) == "t")
    }

    @Test func anotherAuthorityIsRefused() async throws {
        let error = try await refusal(authority: Self.server.get().otherAuthorityFile)
        #expect(error.kind == .connect)
        #expect(error.message.contains("certificate verify failed"))
        #expect(try await connect(mode: "require", authority: nil) == "t", "without verification it is not looked at")
    }

    @Test func anotherHostNameIsRefused() async throws {
        let error = try await refusal(host: "localhost", authority: Self.server.get().authorityFile)
        #expect(error.message.contains("does not match host name \"localhost\""))
        #expect(
            try await connect(host: "localhost", mode: "verify-ca", authority: Self.server.get().authorityFile) == "t")
    }

    @Test func anAbsentFileOfAuthoritiesIsRefused() async throws {
        let error = try await refusal(authority: "/nonexistent/authorities.pem")
        #expect(error.message.contains("/nonexistent/authorities.pem"))
    }

    @Test func aSessionInTheClearIsRefusedWhereTheServerWantsTLS() async throws {
        let error = try await refusal(mode: "disable", authority: nil)
        #expect(error.kind == .connect)
        #expect(error.sqlState == "28000")
        #expect(error.message.contains("no encryption"))
    }
}
