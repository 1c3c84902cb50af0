import Dispatch
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

/// Over loopback sockets.
@Suite(.serialized) struct HTTPServerTests {
    @Test func oneConnectionServesManyRequests() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            for _ in 0..<3 {
                client.send(get("/hello"))
                let response = try client.response()
                #expect(response.status == 200 && response.body == "hello")
                #expect(response.header("connection") == nil)
            }
            client.send(post("/echo", "body"))
            #expect(try client.response().body == "body")
            client.send(get("/address"))
            #expect(try client.response().body == "127.0.0.1")
            #expect(fixture.recorder.record.opened == 1)
            #expect(
                fixture.recorder.record.finished.map(\.operationID) == ["hello", "hello", "hello", "echo", "address"])
        }
    }

    @Test func everyHeadHasDateLengthAndRequestIDAndNoServer() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(get("/hello", "X-Request-Id: mine-1") + get("/hello") + get("/nothing"))
            let (first, second, third) = try (client.response(), client.response(), client.response())
            #expect(first.header("x-request-id") == "mine-1")
            #expect(second.header("x-request-id")?.count == 24)
            #expect(third.header("x-request-id")?.prefix(16) == second.header("x-request-id")?.prefix(16))
            #expect(third.header("x-request-id") != second.header("x-request-id"))
            for response in [first, second, third] {
                #expect(response.header("date")?.hasSuffix(" GMT") == true)
                #expect(response.header("content-length") == String(response.body.utf8.count))
                #expect(response.header("server") == nil)
            }
        }
    }

    @Test func headHasTheHeadersOfGetAndNoBody() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + get("/hello"))
            let response = try client.response(isHead: true)
            #expect(response.status == 200 && response.header("content-length") == "5")
            #expect(try client.response().body == "hello")
        }
    }

    @Test(arguments: [
        ("GET /hello HTTP/1.0\r\n\r\n", "close"),
        ("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"),
        (get("/hello", "Connection: close"), "close"), (get("/hello", "Connection: keep-alive"), nil),
    ])
    func connectionsCloseAsBothSidesSay(request: String, connection: String?) async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(request)
            #expect(try client.response().header("connection") == connection)
            if connection == "close" {
                #expect(try client.readToEnd() == 0)
            } else {
                client.send(request)
                #expect(try client.response().status == 200)
            }
        }
    }

    @Test func requestsAfterTheLastOneAreNotServed() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(get("/hello", "Connection: close") + get("/wait/never"))
            #expect(try client.response().status == 200)
            #expect(try client.readToEnd() == 0)
            #expect(fixture.gate.arrived == [])
        }
    }

    @Test func continueIsSaidBeforeTheBodyIsSent() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            #expect(try client.head() == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("body")
            #expect(try client.response().body == "body")
            client.send(post("/echo", "at once", "Expect: 100-continue"))
            #expect(try client.response().body == "at once")
        }
    }

    @Test func continueComesAfterTheAnswersBeforeIt() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(
                get("/wait/a") + "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            try await fixture.gate.waitForArrival(of: "a")
            fixture.gate.open("a")
            #expect(try client.response().body == "a")
            #expect(try client.head() == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("body")
            #expect(try client.response().body == "body")
        }
    }

    @Test func chunkedBodiesArrive() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            let body = String(repeating: "0123456789abcdef", count: 4096)
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("8000\r\n\(body.prefix(0x8000))\r\n8000\r\n\(body.suffix(0x8000))\r\n0\r\nX: y\r\n\r\n")
            #expect(try client.response().body == body)
        }
    }

    // MARK: - Pipelining

    @Test func answersLeaveInOrderHoweverTheyAreFinished() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(get("/wait/a") + get("/hello") + get("/wait/b") + get("/nothing") + get("/wait/c"))
            for name in ["a", "b", "c"] { try await fixture.gate.waitForArrival(of: name) }
            for name in ["c", "b", "a"] { fixture.gate.open(name) }
            let responses = try (0..<5).map { _ in try client.response() }
            #expect(responses.map(\.status) == [200, 200, 200, 404, 200])
            #expect(responses.map(\.body).filter { $0.count < 6 } == ["a", "hello", "b", "c"])
            #expect(responses[0].header("x-on-loop") == "true")
        }
    }

    @Test func aChangeRunsAloneAndInItsTurn() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(get("/wait/a") + post("/wait/b", "") + get("/wait/c"))
            try await fixture.gate.waitForArrival(of: "a")
            fixture.gate.open("a")
            try await fixture.gate.waitForArrival(of: "b")
            #expect(fixture.gate.arrived == ["a", "b"])
            fixture.gate.open("b")
            fixture.gate.open("c")
            #expect(try (0..<3).map { _ in try client.response().body } == ["a", "changed b", "c"])
            #expect(fixture.gate.arrived == ["a", "b", "c"])
        }
    }

    @Test func noMoreThanTheLimitRunAtOnceAndAllAreServed() async throws {
        try await withServer({ $0.limits.requestsInFlight = 4 }) { fixture in
            let client = try fixture.client()
            client.send((0..<12).map { get("/wait/\($0)") }.joined())
            for number in 0..<4 { try await fixture.gate.waitForArrival(of: "\(number)") }
            #expect(fixture.gate.arrived.count == 4)
            for number in 0..<12 { fixture.gate.open("\(number)") }
            #expect(try (0..<12).map { _ in try client.response().body } == (0..<12).map { "\($0)" })
        }
    }

    @Test func thousandsOfPipelinedRequestsAreAnswered() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            let sender = Task.detached { [port = fixture.server.port] in
                let client = try RawClient(port: port)
                client.send(String(repeating: get("/hello"), count: 5_000))
                client.finish()
                return try (0..<5_000).reduce(0) { sum, _ in try sum + client.response().body.count }
            }
            #expect(try await sender.value == 25_000)
            client.send(get("/hello"))
            #expect(try client.response().status == 200)
        }
    }

    @Test func whatWasSentBeforeTheClientsEndIsAnswered() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(get("/wait/a") + get("/hello"))
            client.finish()
            try await fixture.gate.waitForArrival(of: "a")
            fixture.gate.open("a")
            #expect(try client.response().body == "a")
            #expect(try client.response().body == "hello")
            #expect(try client.readToEnd() == 0)
            try await eventually { fixture.recorder.record.closed == 1 }
        }
    }

    // MARK: - Refusals

    @Test(arguments: [
        ("GET /hello HTTP/2.0\r\n", 505, "http_version_not_supported"),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "transfer_coding_not_supported"),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413, "body_too_large"),
        ("GET /\(String(repeating: "a", count: 8_200)) HTTP/1.1\r\n", 414, "uri_too_long"),
        ("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 16_400))\r\n", 431, "headers_too_large"),
        ("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417, "expectation_failed"),
        ("GET /hello HTTP/1.1\r\n\r\n", 400, "bad_request"),
    ])
    func refusedRequestsGetTheirStatusAndTheConnectionCloses(sent: String, status: Int, code: String) async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(get("/hello") + sent)
            #expect(try client.response().status == 200)
            let response = try client.response()
            #expect(response.status == status)
            #expect(response.body.hasPrefix(#"{"error":"\#(code)","message":""#))
            #expect(response.header("connection") == "close")
            #expect(response.header("content-type") == "application/json")
            #expect(try client.readToEnd() == 0)
            #expect(fixture.recorder.record.refused == [status])
        }
    }

    @Test func aRefusalIsReadableThoughTheClientGoesOnSending() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            client.send(String(repeating: "x", count: 1_000_000))
            #expect(try client.response().status == 413)
        }
    }

    @Test func aRefusalWaitsForTheAnswersBeforeIt() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(get("/wait/a") + "nonsense\r\n")
            try await fixture.gate.waitForArrival(of: "a")
            fixture.gate.open("a")
            #expect(try client.response().body == "a")
            #expect(try client.response().status == 400)
            #expect(try client.readToEnd() == 0)
        }
    }

    @Test func routesRefuseWithoutClosing() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(post("/hello", "x") + get("/nothing") + post("/json", "{}", "Content-Type: text/plain"))
            let response = try client.response()
            #expect(response.status == 405 && response.header("allow") == "GET, HEAD")
            #expect(try client.response().status == 404)
            #expect(try client.response().status == 415)
            client.send(post("/json", "{}", "Content-Type: application/json; charset=utf-8"))
            #expect(try client.response().status == 200)
        }
    }

    @Test func whatAHandlerThrowsStaysInside() async throws {
        try await withServer { fixture in
            let client = try fixture.client()
            client.send(get("/throw") + get("/hello"))
            let response = try client.response()
            #expect(response.status == 500)
            #expect(response.body.hasPrefix(#"{"error":"internal","message":""#))
            #expect(!response.body.contains("hunter2") && !response.head.contains("hunter2"))
            #expect(try client.response().status == 200)
            let finished = fixture.recorder.record.finished
            #expect(finished.first { $0.operationID == "throw" }?.error == "password=hunter2")
        }
    }

    @Test func whenTheAddressIsTakenStartSaysWhich() async throws {
        try await withServer { fixture in
            var configuration = HTTPServerConfiguration(port: fixture.server.port, eventLoops: 1)
            configuration.listeners = .one
            let server = HTTPServer(configuration, router: Router([]))
            let error = await #expect(throws: HTTPServerError.self) { try await server.start() }
            #expect(error?.code == .bind)
            #expect(error?.context.contains("127.0.0.1:\(fixture.server.port)") == true)
            await #expect(throws: HTTPServerError.self) { try await fixture.server.start() }
        }
    }

    @Test(arguments: [HTTPServerConfiguration.Listeners.one, .perLoop])
    func whoConnectsWhileItStartsIsRefusedOrServed(listeners: HTTPServerConfiguration.Listeners) async throws {
        let port = try ReservedPort()
        let callers = Callers(port: port.number)
        for _ in 0..<40 {
            let before = callers.served
            try await withServer({
                $0.port = port.number
                $0.listeners = listeners
            }) { _ in try await eventually { callers.served != before } }
        }
        #expect(callers.finish() >= 40)
    }

    @Test(arguments: [HTTPServerConfiguration.Listeners.one, .perLoop])
    func aPortOnWhichAnotherServerListensIsRefused(listeners: HTTPServerConfiguration.Listeners) async throws {
        try await withServer({ $0.listeners = .perLoop }) { fixture in
            await #expect {
                try await withServer({
                    $0.port = fixture.server.port
                    $0.listeners = listeners
                }) { _ in }
            } throws: {
                ($0 as? HTTPServerError)?.code == .bind
            }
        }
    }

    @Test(arguments: [HTTPServerConfiguration.Listeners.one, .perLoop])
    func bothKindsOfListenersServe(listeners: HTTPServerConfiguration.Listeners) async throws {
        try await withServer({ $0.listeners = listeners }) { fixture in
            for _ in 0..<8 {
                let client = try fixture.client()
                client.send(get("/hello"))
                #expect(try client.response().status == 200)
            }
        }
    }
}

/// Connect, ask and wait for the end, again and again: on a thread of their own, because they block.
private final class Callers: Sendable {
    private let state = Mutex((isOver: false, served: 0))
    private let group = DispatchGroup()

    /// Answered so far; less than nothing when one was left waiting.
    var served: Int { state.withLock(\.served) }

    init(port: Int) {
        DispatchQueue(label: "callers").async(group: group) {
            while !self.state.withLock(\.isOver) {
                guard let client = try? RawClient(port: port) else { continue }
                client.send(get("/hello", "Connection: close"))
                // Cut off by the end of a server it may be; left waiting, it is not counted and ends the calls.
                guard let bytes = try? client.readToEnd() else { return self.state.withLock { $0.served = .min } }
                if bytes > 0 { self.state.withLock { $0.served += 1 } }
            }
        }
    }

    /// - Returns: how many were answered.
    func finish() -> Int {
        state.withLock { $0.isOver = true }
        group.wait()
        return served
    }
}
