import NIOCore
import Testing

@testable import HTTPServer

@Suite struct HTTPRequestTests {
    @Test(arguments: [
        ("/?token=abc", "token", "abc"), ("/?a=1&token=x%2By+z%3D", "token", "x+y z="), ("/?token=", "token", ""),
        ("/?token", "token", ""), ("/?token=1&token=2", "token", "1"), ("/?t%6Fken=1", "token", "1"),
        ("/?a=b=c", "a", "b=c"), ("/?&&a=1", "a", "1"), ("/?Token=1", "token", nil), ("/?", "token", nil),
        ("/", "token", nil), ("/token=1", "token", nil), ("/?a=%C3%A9%FF", "a", "é\u{FFFD}"),
    ])
    func queryIsDecoded(target: String, name: String, value: String?) throws {
        #expect(try HTTPRequest(.get, target).query(name) == value)
    }

    @Test func headersAreFoundInAnyCaseAndJoined() throws {
        let request = try HTTPRequest(
            .get, "/",
            headers: [("X-Room-Token", " t \t"), ("X-Room-Toke", "no"), ("a", "1"), ("A", "2"), ("Empty", "")])
        #expect(request.header("x-room-token") == "t")
        #expect(request.header("X-ROOM-TOKEN") == "t")
        #expect(request.header("a") == "1, 2")
        #expect(request.header("empty") == "")
        #expect(request.header("room-token") == nil)
        #expect(request.header("x-room-token:") == nil)
        #expect(request.header("") == nil)
    }

    @Test func namesThatDifferOnlyInTheCaseBitAreNotTheSame() throws {
        let request = try HTTPRequest(.get, "/", headers: [("a^b", "1"), ("c_d", "2")])
        #expect(request.header("a~b") == nil)
        #expect(request.header("A^B") == "1")
        #expect(request.header("C_D") == "2")
    }

    @Test(arguments: [("a", "a"), (String(repeating: "z", count: 128), String(repeating: "z", count: 128))])
    func usableRequestIDIsKept(sent: String, kept: String) throws {
        #expect(try HTTPRequest(.get, "/", headers: [("X-Request-ID", sent)]).requestID == kept)
    }

    @Test(arguments: ["", "a b", "é", String(repeating: "z", count: 129)])
    func otherRequestIDIsReplaced(sent: String) throws {
        let made = try HTTPRequest(.get, "/", headers: [("X-Request-ID", sent)]).requestID
        #expect(made.count == 24 && made.allSatisfy(\.isHexDigit))
    }

    @Test func requestIDsDifferFromOneRequestToTheNext() throws {
        let ids = try (0..<1_000).map { _ in try HTTPRequest(.get, "/").requestID }
        #expect(Set(ids).count == ids.count)
    }

    @Test func whatAServerWouldRefuseIsRefused() {
        #expect(throws: HTTPServerError.self) { try HTTPRequest(.get, "/ x") }
        #expect(throws: HTTPServerError.self) { try HTTPRequest(.get, "/", headers: [("Host", "a b")]) }
        #expect(throws: HTTPServerError.self) { try HTTPRequest(.get, "/", headers: [("Content-Length", "2")]) }
    }

    @Test func bodyIsThatOfTheMessage() throws {
        let request = try HTTPRequest(.post, "/", body: Array("hello".utf8))
        #expect(String(buffer: request.body) == "hello")
        #expect(try HTTPRequest(.post, "/").body.readableBytes == 0)
    }
}
