import Foundation
import Glibc
import NIOCore
import TestSupport
import Testing

@testable import HTTPServer

/// Time and space that a client may take. Deadlines are short here, and only that they strike is asserted.
@Suite(.serialized) struct HTTPServerLimitTests {
    @Test func aSlowHeadIsCutOff() async throws {
        try await withServer({ $0.timeouts.header = .milliseconds(200) }) { fixture in
            let client = try fixture.client()
            client.send(get("/hello"))
            #expect(try client.response().status == 200)
            client.send("GET /hello HTTP/1.1\r\n")
            // Each byte on its own: what counts is the whole head.
            while client.send("X") { try await Task.sleep(for: .milliseconds(20)) }
            try await eventually { fixture.recorder.record.closed == 1 }
            #expect(fixture.recorder.record.refused == [408])
        }
    }

    @Test func aSlowBodyIsCutOff() async throws {
        try await withServer({ $0.timeouts.body = .milliseconds(200) }) { fixture in
            let client = try fixture.client()
            client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1")
            let response = try client.response()
            #expect(response.status == 408 && response.header("connection") == "close")
            #expect(try client.readToEnd() == 0)
        }
    }

    @Test func anIdleConnectionIsClosedWithoutAWord() async throws {
        try await withServer({ $0.timeouts.idle = .milliseconds(200) }) { fixture in
            let fresh = try fixture.client()
            // On a slow machine one may be closed before it has sent anything: then another is used.
            var used = try fixture.client()
            try await eventually {
                used.send(get("/hello"))
                if (try? used.response().status) == 200 { return true }
                used = try fixture.client()
                return false
            }
            #expect(try fresh.readToEnd() == 0)
            #expect(try used.readToEnd() == 0)
            #expect(fixture.recorder.record.refused == [])
        }
    }

    @Test func aClientThatDoesNotReadIsNotReadFromAndIsCutOff() async throws {
        try await withServer({ $0.timeouts.write = .milliseconds(500) }) { fixture in
            let client = try fixture.client(receiveBufferBytes: 4_096)
            let requests = 2_000
            client.send(String(repeating: get("/large"), count: requests))
            try await eventually { fixture.recorder.record.closed == 1 }
            // The sockets' own buffers take a few megabytes; 200 MB were asked for.
            #expect(fixture.recorder.record.finished.count < requests / 4)
        }
    }

    @Test func theKernelLetsGoOfAClientThatIsCutOffToo() async throws {
        try await withServer({ $0.timeouts.write = .milliseconds(500) }) { fixture in
            let client = try fixture.client(receiveBufferBytes: 4_096)
            client.send(String(repeating: get("/large"), count: 60))
            try await eventually { fixture.recorder.record.closed == 1 }
            // Behind an orderly end there would be the megabytes that the server's kernel has taken.
            #expect(try client.readToEnd() < 100_000)
        }
    }

    @Test func aSlowReaderThatKeepsReadingGetsEverything() async throws {
        try await withServer { fixture in
            let client = try fixture.client(receiveBufferBytes: 4_096)
            client.send(String(repeating: get("/large"), count: 100))
            for _ in 0..<100 { #expect(try client.response().body.utf8.count == 100_000) }
        }
    }

    @Test func aLastAnswerThatTheSocketDoesNotTakeAtOnceArrivesWhole() async throws {
        try await withServer { fixture in
            let client = try fixture.client(receiveBufferBytes: 4_096)
            client.send(String(repeating: get("/large"), count: 99) + get("/large", "Connection: close"))
            for _ in 0..<100 { #expect(try client.response().body.utf8.count == 100_000) }
            #expect(try client.readToEnd() == 0)
        }
    }

    @Test func aHandlerThatTakesTooLongIsAnsweredFor() async throws {
        try await withServer({ $0.timeouts.handler = .milliseconds(200) }) { fixture in
            let client = try fixture.client()
            client.send(get("/wait/a") + get("/hello"))
            let response = try client.response()
            #expect(response.status == 503 && response.header("retry-after") == "1")
            #expect(response.body.hasPrefix(#"{"error":"timeout","message":""#))
            #expect(try client.response().body == "hello")
            fixture.gate.open("a")
            client.send(get("/hello"))
            #expect(try client.response().body == "hello")
            #expect(fixture.recorder.record.finished.map(\.status) == [503, 200, 200])
        }
    }

    @Test func aConnectionPastTheLimitIsToldSo() async throws {
        try await withServer({ $0.limits.connections = 3 }) { fixture in
            var clients = try (0..<3).map { _ in try fixture.client() }
            for client in clients {
                client.send(get("/hello"))
                #expect(try client.response().status == 200)
            }
            let refused = try fixture.client()
            let response = try refused.response()
            #expect(response.status == 503 && response.header("retry-after") == "1")
            #expect(response.body.hasPrefix(#"{"error":"overloaded","message":""#))
            #expect(try refused.readToEnd() == 0)
            #expect(fixture.recorder.record.refusedConnections == 1)
            clients.removeAll()
            try await eventually { fixture.recorder.record.closed == 3 }
            let next = try fixture.client()
            next.send(get("/hello"))
            #expect(try next.response().status == 200)
        }
    }

    @Test func tenThousandIdleConnectionsAreHeld() async throws {
        let needed: rlim_t = 11_000
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_max >= needed else {
            Issue.record(
                "skipped: \(needed) open files are needed, the hard limit is \(limit.rlim_max)", severity: .warning)
            return
        }
        var before = limit
        limit.rlim_cur = max(limit.rlim_cur, needed)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &before) }
        try await withServer { fixture in
            let clients = try ManyClients(count: 10_000, port: fixture.server.port)
            try await eventually(within: .seconds(300)) { fixture.recorder.record.opened == 10_000 }
            #expect(fixture.recorder.record.closed == 0)
            let client = try fixture.client()
            client.send(get("/hello"))
            #expect(try client.response().status == 200)
            #expect(try clients.useEach() == 10_000)
        }
    }

    @Test func theLoopsSayHowLateTheyAre() async throws {
        // A quarter of it: a tick each 10 ms.
        try await withServer({ $0.timeouts.linger = .milliseconds(40) }) { fixture in
            try await eventually { fixture.recorder.record.ticks > 4 }
            let loop = fixture.server.eventLoopGroup.next()
            try await loop.submit { Thread.sleep(forTimeInterval: 1) }.get()
            try await eventually { fixture.recorder.record.mostLag > .milliseconds(950) }
            let ticks = fixture.recorder.record.ticks
            try await eventually { fixture.recorder.record.ticks > ticks }
            #expect(fixture.recorder.record.finished.isEmpty)
        }
    }
}

/// Connections of another process, since one may not open as many files as both ends need.
private struct ManyClients {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(count: Int, port: Int) throws {
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [
            "-c",
            """
            ulimit -n 11000
            for ((i = 0; i < \(count); i++)); do exec {fd}<>/dev/tcp/127.0.0.1/\(port) || exit 1; sockets[i]=$fd; done
            read -r || exit 1
            for fd in ${sockets[@]}; do
                printf 'GET /hello HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' >&$fd
                IFS= read -r -t 120 line <&$fd && [[ $line == "HTTP/1.1 200 OK"* ]] && served=$((served + 1))
            done
            echo $served
            """,
        ]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// Sends a request on each.
    /// - Returns: how many were answered with 200.
    func useEach() throws -> Int? {
        try input.fileHandleForWriting.write(contentsOf: Data("go\n".utf8))
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Int(String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
