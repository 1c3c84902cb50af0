/// The routes, and the answers to requests that none of them takes. HEAD is served by GET.
public final class Router: Sendable {
    public var routes: [Route] { entries.map(\.route) }
    /// References, because a copy of a `Route` would touch each of its parts.
    let entries: [Entry]
    let table: RouteTable

    final class Entry: Sendable {
        let route: Route
        let operationID: String
        /// The handler's two halves, of which it has one or both: taken apart, a request touches one alone.
        let immediate: (@Sendable (HTTPRequest) -> SynchronousAnswer?)?
        let asynchronous: (@Sendable (HTTPRequest) async throws -> HTTPResponse)?
        let acceptsJSON: Bool

        init(_ route: Route) {
            self.route = route
            operationID = route.operationID
            acceptsJSON = route.accepts == .json
            switch route.handler {
            case .synchronous(let handler): (immediate, asynchronous) = (handler, nil)
            case .asynchronous(let handler): (immediate, asynchronous) = (nil, handler)
            case .either(let first, let second): (immediate, asynchronous) = (first, second)
            }
        }
    }

    /// - Precondition: patterns begin with "/", and no two routes have the same method and path.
    public init(_ routes: [Route]) {
        entries = routes.map(Entry.init)
        table = RouteTable(routes)
    }

    func match(_ request: HTTPRequest) -> RouteMatch {
        request.withBytes {
            table.match(request.head.method, UnsafeRawBufferPointer(rebasing: $0[request.head.path.range]))
        }
    }

    /// nil when `match` is a route whose conditions the request meets.
    func refusal(of request: HTTPRequest, _ match: RouteMatch) -> HTTPResponse? {
        switch match {
        case .notFound:
            return .error(
                status: 404, code: "not_found", message: "there is nothing at this path; /docs lists what there is")
        case .methodNotAllowed(let node):
            let allowed = table.allowedMethods(node: node).joined(separator: ", ")
            return .error(
                status: 405, code: "method_not_allowed", message: "this path takes another method: \(allowed)",
                headers: [("Allow", allowed)])
        case .route(let index):
            guard entries[Int(index)].acceptsJSON, !request.isJSON else { return nil }
            return .error(
                status: 415, code: "unsupported_media_type", message: "send the body as Content-Type application/json")
        }
    }

    /// Answers as a server would, without one; what a handler throws is thrown.
    public func respond(to request: HTTPRequest) async throws -> HTTPResponse {
        var request = request.on(self)
        request.match = match(request)
        if let refusal = refusal(of: request, request.match) { return refusal }
        guard case .route(let index) = request.match else { return .internalError }
        let entry = entries[Int(index)]
        if let answer = entry.immediate?(request) { return answer.response }
        return try await entry.asynchronous?(request) ?? .internalError
    }
}
