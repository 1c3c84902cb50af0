import Foundation
import PostgresClient
import TestSupport
import Testing

@Suite struct PostgresConnectFailureTests {
    private func failure(_ url: String, timeout: Duration = .seconds(10)) async throws -> PostgresError {
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
        let port = try LoopbackServer.unusedPort()
        let error = try await failure("postgresql://tester:planted@127.0.0.1:\(port)/postgres")
        #expect(error.kind == .connect)
        #expect(error.message.contains("Connection refused"))
    }

    @Test func anUnknownHostIsNamed() async throws {
        let error = try await failure("postgresql://tester:planted@no-such-host.invalid/postgres")
        #expect(error.kind == .connect)
        #expect(error.message.contains("no-such-host.invalid"))
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        let silent = try SilentListener()
        let error = try await failure(
            "postgresql://tester:planted@127.0.0.1:\(silent.port)/postgres", timeout: .milliseconds(300))
        #expect(error.kind == .timeout)
        #expect(error.message == "no session within 0.3 seconds")
    }

    @Test func cancellingTheTaskEndsASignIn() async throws {
        let silent = try SilentListener()
        let configuration = try PostgresConfiguration(
            url: "postgresql://tester:planted@127.0.0.1:\(silent.port)/postgres")
        let task = Task { _ = try await PostgresConnection.connect(configuration) }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        let start = ContinuousClock.now
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}

/// Accepts connections in the kernel and never says a word.
private final class SilentListener {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isListening)
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}
