/// Which route a request belongs to.
enum RouteMatch: Sendable, Equatable {
    case route(Int32)
    case notFound
    /// The path exists; the node tells which methods do.
    case methodNotAllowed(node: Int32)
}

/// The routes, as a tree of path segments. Literal segments win over named ones; HEAD is served by GET.
public struct Router: Sendable {
    public let routes: [Route]
    private var nodes: [Node] = [Node()]
    /// By node and method code: index of the route, or -1.
    private var table: [Int32] = []
    private var parameters: [Parameter] = []

    private struct Node: Sendable {
        var literals: [(segment: [UInt8], node: Int)] = []
        var named: Int?
    }

    private struct Parameter: Sendable {
        var route: Int
        var name: String
        /// Among the segments of the path, from 0.
        var position: Int
    }

    /// - Precondition: patterns begin with "/", and no two routes have the same method and path.
    public init(_ routes: [Route]) {
        self.routes = routes
        var entries: [(node: Int, method: MethodCode, route: Int)] = []
        for (index, route) in routes.enumerated() {
            precondition(route.pattern.first == "/", "the pattern \(route.pattern) does not begin with /")
            var node = 0
            let segments = route.pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            for (position, segment) in segments.enumerated() {
                if segment.first == "{", segment.last == "}" {
                    parameters.append(
                        Parameter(route: index, name: String(segment.dropFirst().dropLast()), position: position))
                    node = namedChild(of: node)
                } else {
                    node = literalChild(of: node, Array(segment.utf8))
                }
            }
            let method = MethodCode(route.method)
            precondition(method != .other, "\(route.operationID) has a method that no route can have")
            precondition(
                !entries.contains { $0.node == node && $0.method == method }, "\(route.operationID) is there twice")
            entries.append((node, method, index))
        }
        table = Array(repeating: -1, count: nodes.count * MethodCode.allCases.count)
        for entry in entries { table[slot(entry.node, entry.method)] = Int32(entry.route) }
        for node in nodes.indices where table[slot(node, .head)] < 0 {
            table[slot(node, .head)] = table[slot(node, .get)]
        }
    }

    private func slot(_ node: Int, _ method: MethodCode) -> Int {
        node * MethodCode.allCases.count + Int(method.rawValue)
    }

    private mutating func namedChild(of node: Int) -> Int {
        if let child = nodes[node].named { return child }
        nodes.append(Node())
        nodes[node].named = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func literalChild(of node: Int, _ segment: [UInt8]) -> Int {
        if let child = nodes[node].literals.first(where: { $0.segment == segment }) { return child.node }
        nodes.append(Node())
        nodes[node].literals.append((segment, nodes.count - 1))
        return nodes.count - 1
    }

    // MARK: - Matching

    func match(_ request: HTTPRequest) -> RouteMatch {
        request.withBytes { match(request.head.method, UnsafeRawBufferPointer(rebasing: $0[request.head.path.range])) }
    }

    private func match(_ method: MethodCode, _ path: UnsafeRawBufferPointer) -> RouteMatch {
        if let first = path.first, first != UInt8(ascii: "/") { return .notFound }
        guard let node = find(path, from: 1, node: 0, method) else { return .notFound }
        let route = table[slot(node, method)]
        return route >= 0 ? .route(route) : .methodNotAllowed(node: Int32(node))
    }

    /// The node of the path from `start` on; one that has the method if there is any.
    private func find(_ path: UnsafeRawBufferPointer, from start: Int, node: Int, _ method: MethodCode) -> Int? {
        var end = start
        while end < path.count, path[end] != UInt8(ascii: "/") { end &+= 1 }
        let segment = UnsafeRawBufferPointer(rebasing: path[min(start, path.count)..<end])
        var found: Int?
        for literal in nodes[node].literals
        where literal.segment.count == segment.count && literal.segment.elementsEqual(segment) {
            found = end < path.count ? find(path, from: end + 1, node: literal.node, method) : leaf(literal.node)
        }
        if let found, table[slot(found, method)] >= 0 { return found }
        guard let named = nodes[node].named, !segment.isEmpty else { return found }
        return (end < path.count ? find(path, from: end + 1, node: named, method) : leaf(named)) ?? found
    }

    /// The node, if any route ends there.
    private func leaf(_ node: Int) -> Int? {
        MethodCode.allCases.contains { table[slot(node, $0)] >= 0 } ? node : nil
    }

    func parameterPosition(_ name: String, route: Int) -> Int? {
        for parameter in parameters where parameter.route == route && parameter.name == name {
            return parameter.position
        }
        return nil
    }

    // MARK: - Answers of the router's own

    /// nil when `match` is a route whose conditions the request meets.
    func refusal(of request: HTTPRequest, _ match: RouteMatch) -> HTTPResponse? {
        switch match {
        case .notFound:
            return .error(
                status: 404, code: "not_found", message: "there is nothing at this path; /docs lists what there is")
        case .methodNotAllowed(let node):
            let allowed = MethodCode.allCases.filter { table[slot(Int(node), $0)] >= 0 }
                .compactMap { $0.method?.name }.joined(separator: ", ")
            return .error(
                status: 405, code: "method_not_allowed", message: "this path takes another method: \(allowed)",
                headers: [("Allow", allowed)])
        case .route(let index):
            guard routes[Int(index)].accepts == .json, !request.isJSON else { return nil }
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
        switch routes[Int(index)].handler {
        case .synchronous(let handler): return handler(request).response
        case .asynchronous(let handler): return try await handler(request)
        case .either(let first, let second):
            if let answer = first(request) { return answer.response }
            return try await second(request)
        }
    }
}
