/// Which route a request belongs to.
enum RouteMatch: Sendable, Equatable {
    case route(Int32)
    case notFound
    /// The path exists; the node tells which methods do.
    case methodNotAllowed(node: Int32)
}

/// A tree of path segments in flat arrays: a match touches no reference count. Literal segments win over named ones.
struct RouteTable: Sendable {
    /// A place in the tree: its literal children stand side by side in `literals`.
    private struct Node: Sendable {
        var firstLiteral: Int32 = 0
        var literalCount: Int32 = 0
        /// -1: none.
        var named: Int32 = -1
        /// Whether any route ends here.
        var isLeaf = false
    }

    private struct Literal: Sendable {
        var start: Int32
        var count: Int32
        var node: Int32
    }

    private struct Parameter: Sendable {
        var route: Int
        var name: String
        /// Among the segments of the path, from 0.
        var position: Int
    }

    private var nodes: [Node] = []
    private var literals: [Literal] = []
    private var text: [UInt8] = []
    /// By node and method code: index of the route, or -1.
    private var byMethod: [Int32] = []
    private var parameters: [Parameter] = []

    private static let methodCount = MethodCode.allCases.count

    /// A route's segments that are still to be placed.
    private typealias Rest = (route: Int, segments: ArraySlice<Substring>)

    /// - Precondition: patterns begin with "/", and no two routes have the same method and path.
    init(_ routes: [Route]) {
        var rests: [Rest] = []
        for (index, route) in routes.enumerated() {
            precondition(route.pattern.first == "/", "the pattern \(route.pattern) does not begin with /")
            precondition(MethodCode(route.method) != .other, "\(route.operationID) has a method that no route can have")
            let segments = route.pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            for (position, segment) in segments.enumerated() where Self.isNamed(segment) {
                parameters.append(
                    Parameter(route: index, name: String(segment.dropFirst().dropLast()), position: position))
            }
            rests.append((index, segments[...]))
        }
        place(rests, of: routes)
    }

    private static func isNamed(_ segment: Substring) -> Bool { segment.first == "{" && segment.last == "}" }

    /// - Returns: the node under which `rests` stand.
    @discardableResult
    private mutating func place(_ rests: [Rest], of routes: [Route]) -> Int32 {
        let node = nodes.count
        nodes.append(Node())
        byMethod += Array(repeating: -1, count: Self.methodCount)
        var named: [Rest] = []
        var literal: [(segment: Substring, rests: [Rest])] = []
        for rest in rests {
            guard let segment = rest.segments.first else {
                let slot = node * Self.methodCount + Int(MethodCode(routes[rest.route].method).rawValue)
                precondition(byMethod[slot] < 0, "\(routes[rest.route].operationID) is there twice")
                byMethod[slot] = Int32(rest.route)
                nodes[node].isLeaf = true
                continue
            }
            let below = (rest.route, rest.segments.dropFirst())
            if Self.isNamed(segment) {
                named.append(below)
            } else if let index = literal.firstIndex(where: { $0.segment == segment }) {
                literal[index].rests.append(below)
            } else {
                literal.append((segment, [below]))
            }
        }
        // HEAD is served by GET.
        let (get, head) = (Int(MethodCode.get.rawValue), Int(MethodCode.head.rawValue))
        if byMethod[node * Self.methodCount + head] < 0 {
            byMethod[node * Self.methodCount + head] = byMethod[node * Self.methodCount + get]
        }
        if !named.isEmpty { nodes[node].named = place(named, of: routes) }
        nodes[node].firstLiteral = Int32(literals.count)
        nodes[node].literalCount = Int32(literal.count)
        for (segment, _) in literal {
            literals.append(Literal(start: Int32(text.count), count: Int32(segment.utf8.count), node: -1))
            text += segment.utf8
        }
        for (index, (_, rests)) in literal.enumerated() {
            literals[Int(nodes[node].firstLiteral) + index].node = place(rests, of: routes)
        }
        return Int32(node)
    }

    // MARK: - Matching

    /// - Parameter path: undecoded; empty means "/".
    func match(_ method: MethodCode, _ path: UnsafeRawBufferPointer) -> RouteMatch {
        if let first = path.first, first != UInt8(ascii: "/") { return .notFound }
        guard let node = find(path, from: min(1, path.count), node: 0, method) else { return .notFound }
        let route = byMethod[slot(node, method)]
        return route >= 0 ? .route(route) : .methodNotAllowed(node: node)
    }

    private func slot(_ node: Int32, _ method: MethodCode) -> Int {
        Int(node) * Self.methodCount + Int(method.rawValue)
    }

    /// The node of the path from `start` on; one that has the method if there is any.
    private func find(_ path: UnsafeRawBufferPointer, from start: Int, node: Int32, _ method: MethodCode) -> Int32? {
        var (start, node) = (start, node)
        while true {
            let end = index(of: UInt8(ascii: "/"), in: path, from: start) ?? path.count
            let here = nodes[Int(node)]
            let segment = UnsafeRawBufferPointer(rebasing: path[start..<end])
            let literal = literalChild(of: here, segment)
            let named = segment.isEmpty || here.named < 0 ? nil : here.named
            if end >= path.count {
                if let literal, nodes[Int(literal)].isLeaf {
                    guard byMethod[slot(literal, method)] < 0, let named, nodes[Int(named)].isLeaf else {
                        return literal
                    }
                    return named
                }
                return named.flatMap { nodes[Int($0)].isLeaf ? $0 : nil }
            }
            start = end + 1
            guard let literal, let named else {
                guard let only = literal ?? named else { return nil }
                node = only
                continue
            }
            let found = find(path, from: start, node: literal, method)
            if let found, byMethod[slot(found, method)] >= 0 { return found }
            return find(path, from: start, node: named, method) ?? found
        }
    }

    private func literalChild(of node: Node, _ segment: UnsafeRawBufferPointer) -> Int32? {
        text.withUnsafeBytes { text in
            for index in Int(node.firstLiteral)..<Int(node.firstLiteral + node.literalCount) {
                let literal = literals[index]
                guard Int(literal.count) == segment.count else { continue }
                let start = Int(literal.start)
                let candidate = UnsafeRawBufferPointer(rebasing: text[start..<start + segment.count])
                if candidate.hasSameBytes(as: segment) { return literal.node }
            }
            return nil
        }
    }

    func allowedMethods(node: Int32) -> [String] {
        MethodCode.allCases.filter { byMethod[slot(node, $0)] >= 0 }.compactMap { $0.method?.name }
    }

    func parameterPosition(_ name: String, route: Int) -> Int? {
        for parameter in parameters where parameter.route == route && parameter.name == name {
            return parameter.position
        }
        return nil
    }
}
