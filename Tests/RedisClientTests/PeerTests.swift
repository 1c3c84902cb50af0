import RedisClient
import TestSupport
import Testing

/// Peers that are not, or not quite, Redis.
struct PeerTests {
    /// A peer that signs a session in and answers the first command that ends in an empty string with `answer`.
    private func peer(answering answer: String) throws -> LoopbackServer {
        try LoopbackServer { connection in
            connection.write("+OK\r\n+PONG\r\n")
            // An empty bulk string ends in the blank line that ends the head of a request, too.
            guard connection.readRequest() != nil else { return }
            connection.write(answer)
            _ = connection.readRequest()
        }
    }

    @Test(
        "an answer that is none fails the command and ends the session, which is then made again",
        arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "$999999999\r\n", "*9999999\r\n", "+OK\r\n+extra\r\n"])
    func violations(answer: String) async throws {
        let peer = try peer(answering: answer)
        defer { peer.stop() }
        try await withClient("redis://127.0.0.1:\(peer.port)?cluster=false") { client async throws in
            if answer.contains("extra") {
                #expect(try await client.send(["ECHO", ""]) == .status("OK"))
            } else {
                let error = await client.failure(of: "ECHO", "")
                #expect(error?.kind == .protocolViolation)
            }
            try await eventually { peer.connections >= 2 && client.state.isReady }
        }
    }

    @Test("a peer that speaks first, and wrongly, is told as the reason")
    func wrongProtocol() async throws {
        let peer = try LoopbackServer { connection in
            connection.write("SSH-2.0-OpenSSH_9.2\r\n")
            _ = connection.readRequest()
        }
        defer { peer.stop() }
        try await withClient("redis://127.0.0.1:\(peer.port)?cluster=false", isAwaited: false) { client async throws in
            try await eventually { client.state.nodes.first?.failure != nil }
            let error = await client.failure(of: "PING")
            #expect(error?.kind == .connect)
            #expect(error?.message.contains("Protocol error") == true, "\(error?.message ?? "")")
        }
    }

    @Test("a peer that never answers the sign-in is given up after the connect timeout")
    func silentPeer() async throws {
        let peer = try LoopbackServer { _ = $0.readRequest() }
        defer { peer.stop() }
        try await withClient(
            "redis://127.0.0.1:\(peer.port)?cluster=false", isAwaited: false,
            { $0.connectTimeout = .milliseconds(200) }
        ) { client async throws in
            try await eventually {
                peer.connections >= 3
                    && client.state.nodes.first?.failure?.message.contains("not signed in within") == true
            }
        }
    }

    @Test("an unknown host is told as the reason")
    func unknownHost() async throws {
        try await withClient("redis://no-such-host.invalid?cluster=false", isAwaited: false) { client async throws in
            try await eventually { client.state.nodes.first?.failure != nil }
            let error = await client.failure(of: "PING")
            #expect(error?.kind == .connect)
            #expect(error?.message.isEmpty == false)
        }
    }
}
