import NIOCore

/// All nodes as one event loop sees them, and which of them a command goes to. Confined to its event loop.
final class Router {
    private enum Topology {
        /// Mode `automatic` and the node has not been asked yet, or a cluster's slots are not known yet.
        case unknown
        case single
        case cluster(SlotMap)
    }

    private static let maxRedirections = 5
    /// Between two tries of a command that the cluster cannot take at this moment.
    private static let retryPause: TimeAmount = .milliseconds(10)
    /// Between two looks at the cluster's slots.
    private static let refreshPause: TimeAmount = .milliseconds(150)

    private let configuration: RedisConfiguration
    private let security: TransportSecurity?
    private let eventLoop: any EventLoop
    private var loop: NIOIsolatedEventLoop { eventLoop.assumeIsolatedUnsafeUnchecked() }
    private let index: Int
    private let board: StateBoard
    private var seed: NodeAddress { configuration.address }

    private var topology = Topology.unknown
    /// Why the topology is unknown although a node is reached.
    private var topologyFailure: RedisError?
    private var nodes: [NodeAddress: Node] = [:]
    private var isClosed = false
    private var isRefreshing = false
    private var waiting = 0

    init(
        configuration: RedisConfiguration, security: TransportSecurity?, eventLoop: any EventLoop, index: Int,
        board: StateBoard
    ) {
        self.configuration = configuration
        self.security = security
        self.eventLoop = eventLoop
        self.index = index
        self.board = board
    }

    func start() {
        if configuration.mode == .single { topology = .single }
        connect(seed)
    }

    func close() {
        isClosed = true
        for node in nodes.values { node.stop(closed) }
        nodes = [:]
        report()
    }

    var deadline: NIODeadline { .now() + TimeAmount(configuration.commandTimeout) }

    // MARK: commands

    func submit(_ request: Request) {
        switch route(request) {
        case .success(let node):
            if let error = node.send(request) { request.finish(.failure(error)) }
        case .failure(let error): request.finish(.failure(error))
        }
    }

    private func route(_ request: Request) -> Result<Node, RedisError> {
        guard !isClosed else { return .failure(closed) }
        guard !request.command.arguments.isEmpty else {
            return failure(.configuration, "a command without a name")
        }
        switch topology {
        case .single: return nodes[seed].map(Result.success) ?? .failure(closed)
        case .unknown:
            return .failure(topologyFailure ?? nodes[seed]?.entry.failure ?? notYet)
        case .cluster(let map):
            do throws(RedisError) {
                guard let slot = try KeySlot.slot(of: request.command.keys, target: seed.description) else {
                    return anyPrimary(map)
                }
                guard let owner = map[slot], let node = nodes[owner] else {
                    refreshSoon()
                    return failure(.connect, "no node of the cluster has slot \(slot)")
                }
                return .success(node)
            } catch {
                return .failure(error)
            }
        }
    }

    private func anyPrimary(_ map: SlotMap) -> Result<Node, RedisError> {
        let primaries = map.primaries.compactMap { nodes[$0] }
        let ready = primaries.filter(\.isReady)
        guard let node = ready.randomElement() ?? primaries.first else {
            return failure(.connect, "no primary of the cluster is known")
        }
        return .success(node)
    }

    // MARK: refusals

    /// Follows a redirection, or hands the server's error on.
    func refused(_ request: Request, answer: String, by node: Node) {
        let error = RedisError(answer: answer, target: node.address.description)
        guard case .cluster(var map) = topology,
            let redirection = Redirection(answer: answer, askedHost: node.address.host)
        else {
            request.finish(.failure(error))
            // A primary that was demoted: the name may lead to its successor by now.
            if error.code == "READONLY" { node.reconnect(because: error) }
            return
        }
        var request = request
        request.redirections += 1
        let mayFollow = request.redirections <= Self.maxRedirections
        switch redirection {
        case .moved(let slot, let target):
            map.move(slot: slot, to: target)
            topology = .cluster(map)
            refreshSoon()
            if mayFollow { deliver(request, to: target) } else { request.finish(.failure(error)) }
        case .ask(let target):
            if mayFollow { deliver(request, to: target, asking: true) } else { request.finish(.failure(error)) }
        case .tryAgain:
            if mayFollow { later(request) { $0.submit(request) } } else { request.finish(.failure(error)) }
        case .clusterDown:
            refreshSoon()
            request.finish(.failure(error))
        }
    }

    /// Waits for a node that is being reached for the first time, as the target of a redirection may be.
    private func deliver(_ request: Request, to address: NodeAddress, asking: Bool = false) {
        guard !isClosed else { return request.finish(.failure(closed)) }
        let node = connect(address)
        if node.isFirstTry {
            later(request) { $0.deliver(request, to: address, asking: asking) }
        } else if let error = node.send(request, asking: asking) {
            request.finish(.failure(error))
        }
    }

    /// Tries again after a pause, if the request's time and the number of those that wait allow it.
    private func later(_ request: Request, _ action: @escaping (Router) -> Void) {
        guard .now() + Self.retryPause < request.deadline else {
            let message = "no answer within \(configuration.commandTimeout)"
            return request.finish(
                .failure(RedisError(kind: .timeout, message: message, target: seed.description)))
        }
        guard waiting < configuration.maxPendingCommands else {
            let message = "\(waiting) commands wait for the cluster"
            return request.finish(
                .failure(RedisError(kind: .overloaded, message: message, target: seed.description)))
        }
        waiting += 1
        loop.scheduleTask(in: Self.retryPause) {
            self.waiting -= 1
            action(self)
        }
    }

    // MARK: nodes

    @discardableResult
    private func connect(_ address: NodeAddress) -> Node {
        if let node = nodes[address] { return node }
        let node = Node(
            address: address, configuration: configuration, security: security, eventLoop: eventLoop, router: self)
        nodes[address] = node
        node.connect()
        return node
    }

    /// A session was made or lost.
    func nodeChanged(_ node: Node) {
        guard !isClosed else { return }
        switch topology {
        case .single: break
        case .unknown: if node.isReady { refreshSoon(after: .zero) }
        case .cluster: refreshSoon(after: .zero)
        }
        report()
    }

    private func report() {
        let isReady =
            switch topology {
            case .unknown: false
            case .single: nodes[seed]?.isReady ?? false
            case .cluster(let map): isWhole(map)
            }
        board.report(loop: index, isReady: isReady && !isClosed, nodes: nodes.mapValues(\.entry))
    }

    private func isWhole(_ map: SlotMap) -> Bool {
        map.isComplete && map.primaries.allSatisfy { nodes[$0]?.isReady ?? false }
    }

    // MARK: topology

    /// Asks a node for the slots, at most one at a time and not more often than every `refreshPause`.
    private func refreshSoon(after pause: TimeAmount = Router.refreshPause) {
        guard !isRefreshing else { return }
        isRefreshing = true
        loop.scheduleTask(in: pause) { self.refresh() }
    }

    private func refresh() {
        guard !isClosed else { return }
        guard let node = nodes.values.filter(\.isReady).randomElement() else {
            // The next session that is made leads here again.
            isRefreshing = false
            return reconcile()
        }
        guard case .unknown = topology, configuration.mode == .automatic else { return askSlots(node) }
        ask(node, ["INFO", "cluster"]) { answer in
            if answer.stringValue?.contains("cluster_enabled:1") == true { return self.askSlots(node) }
            // A user who may not ask is taken for a user of one node.
            self.topology = .single
            self.isRefreshing = false
            self.report()
        }
    }

    private func askSlots(_ node: Node) {
        ask(node, ["CLUSTER", "SLOTS"]) { answer in
            self.isRefreshing = false
            if let map = SlotMap(answer, askedHost: node.address.host) {
                self.topology = .cluster(map)
                self.topologyFailure = nil
            } else {
                let words = if case .error(let text) = answer { text } else { "an answer of another shape" }
                self.topologyFailure = RedisError(
                    kind: .connect, message: "CLUSTER SLOTS: \(words)", target: node.address.description)
                self.refreshSoon()
            }
            self.reconcile()
        }
    }

    private func ask(_ node: Node, _ arguments: [RedisArgument], _ then: @escaping (RedisValue) -> Void) {
        let handler = { (result: Result<RedisValue, RedisError>) in
            guard !self.isClosed else { return }
            guard case .success(let answer) = result else {
                self.isRefreshing = false
                return self.refreshSoon()
            }
            then(answer)
        }
        let deadline = NIODeadline.now() + TimeAmount(configuration.connectTimeout)
        let request = Request(command: RedisCommand(arguments), deadline: deadline, waiter: .handler(handler))
        if let error = node.send(request) { request.finish(.failure(error)) }
    }

    /// Keeps sessions with the primaries; with every node that is known while a primary is missing, since any of them
    /// may be the one that tells of its successor.
    private func reconcile() {
        defer { report() }
        guard case .cluster(let map) = topology else { return }
        let primaries = map.primaries
        for address in primaries { connect(address) }
        let missing = primaries.compactMap { nodes[$0] }.filter { !$0.isReady }
        if map.isComplete, missing.isEmpty {
            for (address, node) in nodes where !primaries.contains(address) {
                nodes[address] = nil
                node.retire()
            }
        } else if !map.isComplete || missing.contains(where: { !$0.isFirstTry }) {
            for address in map.replicas { connect(address) }
            connect(seed)
            if nodes.values.contains(where: \.isReady) { refreshSoon() }
        }
    }

    private var notYet: RedisError {
        RedisError(kind: .connect, message: "not connected yet", target: seed.description)
    }

    private var closed: RedisError {
        RedisError(kind: .closed, message: "the client was closed", target: seed.description)
    }

    private func failure(_ kind: RedisError.Kind, _ message: String) -> Result<Node, RedisError> {
        .failure(RedisError(kind: kind, message: message, target: seed.description))
    }
}
