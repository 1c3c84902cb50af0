import NIOCore
import Synchronization
import TestSupport

@testable import HTTPServer

/// Answers that wait until the test lets them go, by name.
final class Gate: Sendable {
    private struct State {
        var open: Set<String> = []
        var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]
        var arrived: [String] = []
    }

    private let state = Mutex(State())

    var arrived: [String] { state.withLock { $0.arrived } }

    func pass(_ name: String) async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.arrived.append(name)
                if !state.open.contains(name) { state.waiting[name, default: []].append(continuation) }
                return state.open.contains(name)
            }
            if isOpen { continuation.resume() }
        }
    }

    func open(_ name: String) {
        let waiting = state.withLock { state in
            state.open.insert(name)
            return state.waiting.removeValue(forKey: name) ?? []
        }
        for continuation in waiting { continuation.resume() }
    }

    func waitForArrival(of name: String) async throws { try await eventually { self.arrived.contains(name) } }
}

final class Recorder: HTTPObserver {
    struct Record: Sendable {
        var opened = 0
        var closed = 0
        var refusedConnections = 0
        var finished: [(operationID: String?, status: Int, bytes: Int, error: String?)] = []
        var refused: [Int] = []
        var ticks = 0
        var mostLag = Duration.zero
    }

    private let state = Mutex(Record())

    var record: Record { state.withLock { $0 } }

    func connectionOpened() { state.withLock { $0.opened += 1 } }
    func connectionClosed() { state.withLock { $0.closed += 1 } }
    func connectionRefused() { state.withLock { $0.refusedConnections += 1 } }
    func requestFinished(_ request: HTTPRequest, _ outcome: HTTPOutcome) {
        state.withLock {
            $0.finished.append(
                (outcome.operationID, outcome.status, outcome.responseBytes, outcome.error.map { "\($0)" }))
        }
    }
    func requestRefused(status: Int, code: String) { state.withLock { $0.refused.append(status) } }
    func eventLoopLag(_ lag: Duration) {
        state.withLock { state in
            state.ticks += 1
            state.mostLag = max(state.mostLag, lag)
        }
    }
}

struct Thrown: Error, CustomStringConvertible {
    var description: String { "password=hunter2" }
}

/// A server of routes that do what tests need, on a free port.
struct ServerFixture {
    let server: HTTPServer
    let gate = Gate()
    let recorder = Recorder()

    init(_ configure: (inout HTTPServerConfiguration) -> Void = { _ in }) async throws {
        var configuration = HTTPServerConfiguration(eventLoops: 2)
        // None strikes but what a test is about, however slow the machine.
        for limit in [\.header, \.body, \.idle, \.write, \.handler]
            as [WritableKeyPath<HTTPServerConfiguration.Timeouts, Duration>]
        {
            configuration.timeouts[keyPath: limit] = .seconds(600)
        }
        configure(&configuration)
        let gate = gate
        let hello = RenderedResponse(
            HTTPResponse(status: 200, headers: [("Content-Type", "text/plain")], text: "hello"))
        let large = RenderedResponse(HTTPResponse(status: 200, text: String(repeating: "x", count: 100_000)))
        let router = Router([
            Route(.get, "/hello", operationID: "hello", .synchronous { _ in .rendered(hello) }),
            Route(.get, "/large", operationID: "large", .synchronous { _ in .rendered(large) }),
            Route(
                .get, "/address", operationID: "address",
                .synchronous { request in
                    .response(HTTPResponse(status: 200, text: request.remoteAddress ?? "none"))
                }),
            Route(
                .get, "/wait/{name}", operationID: "wait",
                .asynchronous { request in
                    await gate.pass(request.parameter("name"))
                    return HTTPResponse(
                        status: 200, headers: [("X-On-Loop", "\(request.eventLoop.inEventLoop)")],
                        text: request.parameter("name"))
                }),
            Route(
                .post, "/wait/{name}", operationID: "change",
                .asynchronous { request in
                    await gate.pass(request.parameter("name"))
                    return HTTPResponse(status: 200, text: "changed " + request.parameter("name"))
                }),
            Route(
                .post, "/echo", operationID: "echo",
                .asynchronous { request in
                    HTTPResponse(status: 200, body: request.body)
                }),
            Route(.post, "/json", operationID: "json", accepts: .json, .synchronous { _ in .rendered(hello) }),
            Route(.get, "/throw", operationID: "throw", .asynchronous { _ in throw Thrown() }),
        ])
        server = HTTPServer(configuration, router: router, observer: recorder)
        try await server.start()
    }

    func client(receiveBufferBytes: Int32? = nil) throws -> RawClient {
        try RawClient(port: server.port, receiveBufferBytes: receiveBufferBytes)
    }
}

/// Runs `body` against a server, and shuts it down.
func withServer(
    _ configure: (inout HTTPServerConfiguration) -> Void = { _ in }, _ body: (ServerFixture) async throws -> Void
) async throws {
    let fixture = try await ServerFixture(configure)
    do {
        try await body(fixture)
    } catch {
        await fixture.server.shutdown(grace: .zero)
        throw error
    }
    await fixture.server.shutdown(grace: .zero)
}

func get(_ target: String, _ headers: String...) -> String {
    "GET \(target) HTTP/1.1\r\nHost: a\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n"
}

func post(_ target: String, _ body: String, _ headers: String...) -> String {
    "POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n"
        + headers.map { $0 + "\r\n" }.joined() + "\r\n" + body
}
