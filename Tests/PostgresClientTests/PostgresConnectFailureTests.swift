import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresConnectFailureTests {
    private func failure(_ url: String, timeout: Duration = .seconds(120)) async throws -> PostgresError {
        var configuration = try PostgresConfiguration(url: url)
        configuration.connectTimeout = timeout
        let error = try #require(
            await #expect(throws: PostgresError.self) { _ = try await PostgresConnection.connect(configuration) })
        for text in ["\(error)", String(reflecting: error)] {
            #expect(!text.contains("planted") && !text.contains("wrong-secret"))
        }
        return error
    }

    @Test func aWrongPasswordIsNamedButNotShown() async throws {
        let server = try PostgresServer.shared.get()
        let error = try await failure("postgresql://tester:wrong-secret@127.0.0.1:\(server.port)/postgres")
        #expect(error.kind == .connect)
        #expect(error.description.contains("password authentication failed for user \"tester\""))
        #expect(error.target == "tester@127.0.0.1:\(server.port)/postgres")
    }

    @Test func anAbsentDatabaseIsNamed() async throws {
        let error = try await failure(try PostgresServer.shared.get().url(database: "absent"))
        #expect(error.kind == .connect)
        #expect(error.message.contains("database \"absent\" does not exist"))
    }

    @Test func aRefusedConnectionIsNamed() async throws {
        let port = try ReservedPort()
        let error = try await failure("postgresql://tester:planted@127.0.0.1:\(port.number)/postgres")
        #expect(error.kind == .connect)
        #expect(error.message.contains("Connection refused"))
    }

    @Test func anUnknownHostIsNamed() async throws {
        let error = try await failure("postgresql://tester:planted@no-such-host.invalid/postgres")
        #expect(error.kind == .connect)
        #expect(error.message.contains("no-such-host.invalid"))
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        let silent = try LoopbackServer { _ = $0.readRequest() }
        let error = try await failure(
            "postgresql://tester:planted@127.0.0.1:\(silent.port)/postgres", timeout: .milliseconds(300))
        #expect(error.kind == .timeout)
        #expect(error.message == "no session within 0.3 seconds")
    }

    @Test func cancellingTheTaskEndsASignIn() async throws {
        let silent = try LoopbackServer { _ = $0.readRequest() }
        // By itself it would end after two minutes, and otherwise.
        var configuration = try PostgresConfiguration(
            url: "postgresql://tester:planted@127.0.0.1:\(silent.port)/postgres")
        configuration.connectTimeout = .seconds(120)
        let task = Task { [configuration] in _ = try await PostgresConnection.connect(configuration) }
        try await eventually { silent.connections == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
