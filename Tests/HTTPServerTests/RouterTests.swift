import NIOCore
import Testing

@testable import HTTPServer

@Suite struct RouterTests {
    private static let router = Router([
        route(.get, "/"),
        route(.get, "/public/health"),
        route(.get, "/public/summary/{event}/{section}"),
        route(.get, "/public/summary/{event}/total"),
        route(.post, "/public/hold", accepts: .json),
        route(.get, "/items/{id}"),
        route(.delete, "/items/{id}"),
        route(.post, "/items/new"),
    ])

    private static func route(_ method: HTTPMethod, _ pattern: String, accepts: Route.Accepts = .anything) -> Route {
        Route(
            method, pattern, operationID: "\(method.name) \(pattern)", accepts: accepts,
            .asynchronous { request in
                let names = ["event", "section", "id"].map { request.parameter($0) }
                return HTTPResponse(
                    status: 200, headers: [("X-Route", pattern)], text: names.joined(separator: "|"))
            })
    }

    @Test(arguments: [
        ("/", "/", "||"),
        ("/public/health", "/public/health", "||"),
        ("/public/health?x=/y", "/public/health", "||"),
        ("http://elsewhere/public/health", "/public/health", "||"),
        ("http://elsewhere", "/", "||"),
        ("/public/summary/e1/A", "/public/summary/{event}/{section}", "e1|A|"),
        ("/public/summary/e%2F1/%C3%A9+", "/public/summary/{event}/{section}", "e/1|é+|"),
        ("/public/summary/e1/total", "/public/summary/{event}/total", "e1||"),
        ("/items/new", "/items/{id}", "||new"),
        ("/items/%00%ff", "/items/{id}", "||\0\u{FFFD}"),
    ])
    func findsTheRouteAndItsParameters(target: String, pattern: String, parameters: String) async throws {
        let response = try await Self.router.respond(to: HTTPRequest(.get, target))
        #expect(response.status == 200)
        #expect(response.header("x-route") == pattern)
        #expect(String(buffer: response.body) == parameters)
    }

    @Test(arguments: [
        "/public", "/public/", "/public/health/", "//public/health", "/public/summary/e1", "/public/summary//A",
        "/public/summary/e1/A/b", "/Public/health", "/public/%68ealth", "/items/", "/public/./health",
    ])
    func nothingElseIsFound(target: String) async throws {
        let response = try await Self.router.respond(to: HTTPRequest(.get, target))
        #expect(response.status == 404)
        #expect(String(buffer: response.body).hasPrefix(#"{"error":"not_found","message":""#))
    }

    @Test(arguments: [
        (HTTPMethod.post, "/public/health", "GET, HEAD" as String?), (.delete, "/public/hold", "POST"),
        (.put, "/items/7", "GET, HEAD, DELETE"), (.other("BREW"), "/items/7", "GET, HEAD, DELETE"),
        (.delete, "/items/new", nil as String?),
    ])
    func anotherMethodIsToldWhichThereAre(method: HTTPMethod, target: String, allow: String?) async throws {
        let response = try await Self.router.respond(to: HTTPRequest(method, target))
        #expect(response.status == (allow == nil ? 200 : 405))
        #expect(response.header("Allow") == allow)
    }

    @Test func headIsServedByGet() async throws {
        #expect(try await Self.router.respond(to: HTTPRequest(.head, "/public/health")).status == 200)
        #expect(try await Self.router.respond(to: HTTPRequest(.head, "/public/hold")).status == 405)
    }

    @Test(arguments: [
        ("application/json", 200), ("Application/JSON; charset=utf-8", 200), ("application/json ;v=1", 200),
        ("text/plain", 415), ("application/jsonx", 415), ("application/problem+json", 415), ("", 415),
    ])
    func onlyJSONIsAcceptedWhereTheRouteSaysSo(type: String, status: Int) async throws {
        let request = try HTTPRequest(.post, "/public/hold", headers: [("Content-Type", type)], body: Array("{}".utf8))
        #expect(try await Self.router.respond(to: request).status == status)
    }

    @Test func aBodyWithoutATypeIsNotJSON() async throws {
        #expect(try await Self.router.respond(to: HTTPRequest(.post, "/public/hold")).status == 415)
    }

    @Test func aSynchronousAnswerGoesBeforeTheAsynchronousOne() async throws {
        let router = Router([
            Route(
                .get, "/{mode}", operationID: "mode",
                .either(
                    { request in
                        request.parameter("mode") == "cached"
                            ? .rendered(
                                RenderedResponse(HTTPResponse(status: 203, headers: [("A", "b: c")], text: "x")))
                            : nil
                    }, else: { _ in HTTPResponse(status: 202, text: "y") }))
        ])
        let cached = try await router.respond(to: HTTPRequest(.get, "/cached"))
        #expect(cached.status == 203 && cached.header("a") == "b: c" && String(buffer: cached.body) == "x")
        #expect(try await router.respond(to: HTTPRequest(.get, "/fresh")).status == 202)
    }
}
