import TestSupport
import Testing

@testable import LoadTest

@Suite struct RawExchangeTests {
    private static let answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

    private func exchange(
        timeout: Duration = .seconds(120), _ answer: @escaping @Sendable (LoopbackConnection) -> Void
    ) async throws -> RawExchange.Answers {
        let server = try LoopbackServer(answer)
        defer { server.stop() }
        return try await RawExchange.send(
            Array("GET / HTTP/1.1\r\n\r\n".utf8), to: Endpoint(server.url), timeout: timeout, quiet: .milliseconds(300))
    }

    @Test func `every answer is seen, and whether the server closed`() async throws {
        let twice = try await exchange { connection in
            _ = connection.readRequest()
            connection.write(Self.answer + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        #expect(twice == .init(statuses: [400, 200], isClosed: true))
        let open = try await exchange { connection in
            _ = connection.readRequest()
            connection.write(Self.answer)
            _ = connection.readRequest()
        }
        #expect(open == .init(statuses: [400], isClosed: false))
    }

    @Test func `no answer is none, whether the server closes or is silent`() async throws {
        let closed = try await exchange { _ = $0.readRequest() }
        #expect(closed == .init(statuses: [], isClosed: true))
        let silent = try await exchange(timeout: .milliseconds(300)) { connection in
            _ = connection.readRequest()
            _ = connection.readRequest()
        }
        #expect(silent == .init(statuses: [], isClosed: false))
        let other = try await exchange { connection in
            _ = connection.readRequest()
            connection.write("SSH-2.0-x\r\n\r\n")
        }
        #expect(other.statuses == [0])
    }

    @Test func `nobody there is an error of the target`() async throws {
        let server = try LoopbackServer { _ in }
        server.stop()
        let endpoint = try Endpoint(server.url)
        await #expect(throws: LoadTestError.self) {
            try await RawExchange.send([1], to: endpoint, timeout: .seconds(120))
        }
    }
}
