import CurlTransport
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct CurlTransportTests {
    /// Answers every request with `body` until the peer closes.
    private func server(_ body: @escaping @Sendable (String, [UInt8]) -> [UInt8]) throws -> LoopbackServer {
        try LoopbackServer { connection in
            while let request = connection.readRequest() { connection.answer(200, body(request.head, request.body)) }
        }
    }

    @Test func sendsTheRequestByteForByte() async throws {
        let server = try server { head, body in Array(head.utf8) + [10] + body }
        let transport = CurlTransport()
        let response = try await transport.send(
            HTTPRequest(
                method: "POST", url: server.url + "/a/../b/./%7e//c?x=%2F&y",
                headers: ["X-One": "1", "X-Empty": "", "User-Agent": "test"], body: .bytes(Array("hello".utf8))))
        let lines = String(decoding: response.body, as: UTF8.self).split(separator: "\r\n").flatMap {
            $0.split(separator: "\n").map(String.init)
        }
        #expect(lines.first == "POST /a/../b/./%7e//c?x=%2F&y HTTP/1.1")
        #expect(lines.last == "hello")
        let names = lines.dropFirst().dropLast().map { $0.prefix { $0 != ":" }.lowercased() }.sorted()
        // No Expect, Accept or Content-Type that nobody asked for.
        #expect(names == ["content-length", "host", "user-agent", "x-empty", "x-one"])
        await transport.shutdown()
    }

    @Test(arguments: ["GET", "HEAD", "DELETE", "PUT", "POST", "PATCH"])
    func sendsTheMethodWithoutABody(method: String) async throws {
        let seen = Mutex("")
        let server = try LoopbackServer { connection in
            while let request = connection.readRequest() {
                seen.withLock { $0 = request.head }
                connection.write("HTTP/1.1 204 No Content\r\n\r\n")
            }
        }
        let response = try await CurlTransport().send(HTTPRequest(method: method, url: server.url))
        #expect(response.status == 204)
        let head = seen.withLock { $0 }
        #expect(head.hasPrefix(method + " / HTTP/1.1\r\n"))
        #expect(head.lowercased().contains("content-length: 0") == ["PUT", "POST", "PATCH"].contains(method))
    }

    @Test func keepsTheConnectionForTheNextRequest() async throws {
        let server = try server { _, _ in [1] }
        let transport = CurlTransport()
        for _ in 0..<5 { _ = try await transport.send(HTTPRequest(method: "POST", url: server.url)) }
        #expect(server.connections == 1)
        await transport.shutdown()
    }

    @Test func opensNoMoreConnectionsToAHostThanAllowed() async throws {
        let server = try server { _, _ in
            usleep(20_000)
            return []
        }
        var options = CurlTransport.Options()
        options.maximumConnectionsPerHost = 3
        let transport = CurlTransport(options: options)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask { try await transport.send(HTTPRequest(method: "GET", url: server.url)).status }
            }
            for try await status in group { #expect(status == 200) }
        }
        #expect((1...3).contains(server.connections))
    }

    @Test func readsTheLastHeadAndEveryField() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n")
            connection.write("HTTP/1.1 503 Slow Down\r\nA: 1\r\na:  2 \r\nContent-Length: 2\r\n\r\nno")
        }
        let response = try await CurlTransport().send(HTTPRequest(method: "GET", url: server.url))
        #expect(response.status == 503)
        #expect(response.headers["x-interim"] == nil)
        #expect(response.headers.fields.filter { $0.name.lowercased() == "a" }.map(\.value) == ["1", "2"])
        #expect(response.body == Array("no".utf8))
    }

    @Test func streamsARangeOfAFile() async throws {
        let path = NSTemporaryDirectory() + "curl-upload-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }
        try Data(content).write(to: URL(fileURLWithPath: path))
        let received = Mutex<(head: String, body: [UInt8])>(("", []))
        let server = try LoopbackServer { connection in
            while let request = connection.readRequest() {
                received.withLock { $0 = request }
                connection.answer(201)
            }
        }
        let response = try await CurlTransport().send(
            HTTPRequest(method: "PATCH", url: server.url, body: .file(path: path, offset: 1234, length: 2_500_000)))
        #expect(response.status == 201)
        let (head, body) = received.withLock { $0 }
        #expect(body == Array(content[1234..<2_501_234]))
        #expect(!head.lowercased().contains("expect"))
    }

    @Test func receivesABigBody() async throws {
        let body = [UInt8](repeating: 7, count: 20_000_000)
        let server = try server { _, _ in body }
        let response = try await CurlTransport().send(HTTPRequest(method: "GET", url: server.url))
        #expect(response.body == body)
    }

    // MARK: Failures

    private func failure(
        _ request: HTTPRequest, _ options: CurlTransport.Options = .init()
    ) async throws -> TransportError {
        let error = await #expect(throws: TransportError.self) {
            try await CurlTransport(options: options).send(request)
        }
        return try #require(error)
    }

    @Test func refusedIsConnectAndNotSent() async throws {
        let port = try ReservedPort()
        let error = try await failure(
            HTTPRequest(method: "POST", url: "http://127.0.0.1:\(port.number)/?secret=1"))
        #expect(error.kind == .connect)
        #expect(!error.mayHaveBeenSent)
        #expect(error.curlCode == 7)
        #expect(!error.description.contains("secret"))
    }

    @Test func anUnknownNameIsResolveAndNotSent() async throws {
        var options = CurlTransport.Options()
        options.connectTimeout = .seconds(80)
        let error = try await failure(HTTPRequest(method: "GET", url: "http://does-not-exist.invalid/"), options)
        #expect(error.kind == .resolve)
        #expect(!error.mayHaveBeenSent)
    }

    @Test func plainTextInPlaceOfTLSIsTLSAndNotSent() async throws {
        let server = try LoopbackServer { connection in connection.write("HTTP/1.1 400 Bad Request\r\n\r\n") }
        let error = try await failure(HTTPRequest(method: "GET", url: "https://127.0.0.1:\(server.port)/"))
        #expect(error.kind == .tls)
        #expect(!error.mayHaveBeenSent)
    }

    @Test func aSilentPeerIsTimeoutAndMayHaveBeenSent() async throws {
        let requests = Mutex<Int>.Shared()
        let server = try LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            requests.increment()
            _ = connection.readRequest()
        }
        // A busy machine may need more than one try to send anything in time.
        var timeout = Duration.milliseconds(200)
        var sent = 0
        while requests.value == 0, timeout < .seconds(60) {
            let error = try await failure(HTTPRequest(method: "POST", url: server.url, timeout: timeout))
            #expect(error.kind == .timeout)
            if error.mayHaveBeenSent { sent += 1 }
            timeout *= 2
        }
        #expect(requests.value > 0 && sent >= requests.value)
    }

    @Test func aStalledBodyIsTimeout() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab")
            _ = connection.readRequest()
        }
        var options = CurlTransport.Options()
        options.stallTimeout = .seconds(1)
        let error = try await failure(HTTPRequest(method: "GET", url: server.url), options)
        #expect(error.kind == .timeout)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
    func aConnectionDroppedInTheAnswerIsInterruptedAndMayHaveBeenSent(answer: String) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write(answer)
        }
        let error = try await failure(HTTPRequest(method: "POST", url: server.url, body: .bytes([1])))
        #expect(error.kind == .interrupted)
        #expect(error.mayHaveBeenSent)
    }

    @Test func anAnswerPastTheLimitIsInterrupted() async throws {
        let server = try server { _, _ in [UInt8](repeating: 0, count: 2000) }
        var options = CurlTransport.Options()
        options.maximumResponseBodyBytes = 1999
        let error = try await failure(HTTPRequest(method: "GET", url: server.url), options)
        #expect(error.kind == .interrupted)
        #expect(error.message == "the answer is longer than 1999 bytes")
    }

    @Test func anEndlessHeadIsInterrupted() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            for _ in 0..<100 { connection.write("X: \(String(repeating: "x", count: 1000))\r\n") }
        }
        var options = CurlTransport.Options()
        options.maximumResponseHeadBytes = 50_000
        let error = try await failure(HTTPRequest(method: "GET", url: server.url), options)
        #expect(error.message == "the answer's head is longer than 50000 bytes")
    }

    /// The server reads a second request on the kept connection and closes without an answer.
    private func closingOnSecondRequest(_ requests: Mutex<Int>.Shared) throws -> LoopbackServer {
        try LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            requests.increment()
            connection.answer(200, [1])
            guard connection.readRequest() != nil else { return }
            requests.increment()
        }
    }

    @Test func aPOSTOnAKeptConnectionIsNeverWrittenTwice() async throws {
        let requests = Mutex<Int>.Shared()
        let server = try closingOnSecondRequest(requests)
        let transport = CurlTransport()
        _ = try await transport.send(HTTPRequest(method: "POST", url: server.url, body: .bytes([1])))
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(HTTPRequest(method: "POST", url: server.url, body: .bytes([2])))
        }
        #expect(error?.kind == .interrupted)
        #expect(error?.mayHaveBeenSent == true)
        #expect(requests.value == 2)
    }

    @Test func aGETOnAKeptConnectionIsRepeatedOnAFreshOne() async throws {
        let requests = Mutex<Int>.Shared()
        let server = try closingOnSecondRequest(requests)
        let transport = CurlTransport()
        for _ in 0..<2 {
            let response = try await transport.send(HTTPRequest(method: "GET", url: server.url))
            #expect(response.body == [1])
        }
        #expect(requests.value == 3)
        #expect(server.connections == 2)
    }

    @Test(arguments: [
        HTTPRequest(method: "GET", url: "ftp://127.0.0.1/"), HTTPRequest(method: "GET", url: "http://"),
        HTTPRequest(method: "GE T", url: "http://127.0.0.1/"),
        HTTPRequest(method: "GET", url: "http://127.0.0.1/", headers: ["X": "a\r\nY: b"]),
        HTTPRequest(method: "GET", url: "http://127.0.0.1/", headers: ["X\n": "a"]),
        HTTPRequest(
            method: "PUT", url: "http://127.0.0.1/", body: .file(path: "/does/not/exist", offset: 0, length: 1)),
        HTTPRequest(method: "PUT", url: "http://127.0.0.1/", body: .file(path: "/dev/null", offset: 0, length: 1)),
    ])
    func anUnusableRequestIsRefusedUnsent(request: HTTPRequest) async throws {
        let error = try await failure(request)
        #expect(error.kind == .unusable)
        #expect(!error.mayHaveBeenSent)
    }

    // MARK: Cancellation and shutdown

    @Test func cancellationEndsTheExchange() async throws {
        let isClosed = Mutex<Int>.Shared()
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            if connection.readRequest() == nil { isClosed.increment() }
        }
        let transport = CurlTransport()
        let task = Task { try await transport.send(HTTPRequest(method: "GET", url: server.url)) }
        try await eventually { server.connections == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await eventually { isClosed.value == 1 }
    }

    @Test func aCancelledTaskSendsNothing() async throws {
        let server = try server { _, _ in [] }
        let transport = CurlTransport()
        for _ in 0..<100 {
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await transport.send(HTTPRequest(method: "GET", url: server.url))
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(server.connections == 0)
    }

    @Test func manyCancellationsAtRandomMomentsLoseNoWaiter() async throws {
        let server = try server { _, _ in [] }
        let transport = CurlTransport()
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<200 {
            let task = Task { try await transport.send(HTTPRequest(method: "GET", url: server.url)).status }
            let pause = Int.random(in: 0..<400, using: &generator)
            if pause > 100 { usleep(UInt32(pause)) }
            task.cancel()
            switch await task.result {
            case .success(let status): #expect(status == 200)
            case .failure(let error): #expect(error is CancellationError)
            }
        }
        #expect(try await transport.send(HTTPRequest(method: "GET", url: server.url)).status == 200)
    }

    @Test func shutdownEndsWhatIsUnderWayAndRefusesTheRest() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            _ = connection.readRequest()
        }
        let transport = CurlTransport()
        let task = Task { try await transport.send(HTTPRequest(method: "GET", url: server.url)) }
        try await eventually { server.connections == 1 }
        await transport.shutdown()
        await transport.shutdown()
        for result in [
            await task.result,
            await Task { try await transport.send(HTTPRequest(method: "GET", url: server.url)) }.result,
        ] {
            let error = #expect(throws: TransportError.self) { try result.get() }
            #expect(error?.kind == .unusable)
            #expect(error?.message == "the transport is shut down")
        }
    }
}

extension Mutex where Value == Int {
    /// A counter that closures can share.
    final class Shared: Sendable {
        private let count = Mutex<Int>(0)
        var value: Int { count.withLock { $0 } }
        func increment() { count.withLock { $0 += 1 } }
    }
}
