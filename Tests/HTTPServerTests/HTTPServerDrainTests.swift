import NIOCore
import TestSupport
import Testing

@testable import HTTPServer

@Suite(.serialized) struct HTTPServerDrainTests {
    @Test func acceptedRequestsFinishAndNothingNewIsTaken() async throws {
        let fixture = try await ServerFixture()
        let port = fixture.server.port
        let (busy, idle, late) = (try fixture.client(), try fixture.client(), try fixture.client())
        busy.send(get("/wait/a") + get("/wait/b"))
        idle.send(get("/hello"))
        #expect(try idle.response().status == 200)
        late.send(get("/hello"))
        #expect(try late.response().status == 200)
        try await fixture.gate.waitForArrival(of: "b")

        let drain = Task { await fixture.server.shutdown(grace: .seconds(600)) }
        try await eventually { (try? RawClient(port: port)) == nil }
        // A connection in use may send one more.
        late.send(get("/hello"))
        if let response = try? late.response() { #expect(response.header("connection") == "close") }
        #expect(try idle.readToEnd() == 0)
        fixture.gate.open("b")
        fixture.gate.open("a")
        let (first, second) = (try busy.response(), try busy.response())
        #expect(first.body == "a" && first.header("connection") == nil)
        #expect(second.body == "b" && second.header("connection") == "close")
        #expect(try busy.readToEnd() == 0)
        let report = await drain.value
        #expect(report.connectionsCut == 0)
        #expect((2...3).contains(report.requestsFinished))
        #expect(fixture.recorder.record.opened == fixture.recorder.record.closed)
    }

    @Test func aRequestHalfSentIsServedWithinTheGrace() async throws {
        let fixture = try await ServerFixture()
        let client = try fixture.client()
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
        let port = fixture.server.port
        try await eventually { fixture.recorder.record.opened == 1 }
        let drain = Task { await fixture.server.shutdown(grace: .seconds(600)) }
        try await eventually { (try? RawClient(port: port)) == nil }
        client.send("dy")
        let response = try client.response()
        #expect(response.body == "body" && response.header("connection") == "close")
        #expect(try client.readToEnd() == 0)
        #expect(await drain.value == HTTPServer.DrainReport(requestsFinished: 1, connectionsCut: 0))
    }

    @Test func afterTheGraceConnectionsAreCut() async throws {
        let fixture = try await ServerFixture()
        let client = try fixture.client()
        client.send(get("/wait/a"))
        try await fixture.gate.waitForArrival(of: "a")
        let report = await fixture.server.shutdown(grace: .milliseconds(100))
        #expect(report == HTTPServer.DrainReport(requestsFinished: 0, connectionsCut: 1))
        #expect(throws: RawClient.Failure.self) { try client.response() }
        // Its handler still has a loop to end on.
        fixture.gate.open("a")
        try await eventually { fixture.recorder.record.finished.count == 1 }
    }

    @Test func runEndsWithTheDrainWhenItsTaskIsCancelled() async throws {
        let fixture = try await ServerFixture()
        let run = Task { try await fixture.server.run() }
        let client = try fixture.client()
        client.send(get("/wait/a"))
        try await fixture.gate.waitForArrival(of: "a")
        run.cancel()
        let port = fixture.server.port
        try await eventually { (try? RawClient(port: port)) == nil }
        fixture.gate.open("a")
        #expect(try client.response().header("connection") == "close")
        #expect(try client.readToEnd() == 0)
        try await run.value
    }

    @Test func aServerIsStartedOnce() async throws {
        let fixture = try await ServerFixture()
        await fixture.server.shutdown(grace: .zero)
        await #expect(throws: HTTPServerError.self) { try await fixture.server.start() }
        #expect(
            await fixture.server.shutdown(grace: .zero)
                == HTTPServer.DrainReport(requestsFinished: 0, connectionsCut: 0))
    }
}
