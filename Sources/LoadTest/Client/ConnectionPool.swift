internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Connections of one event loop to one endpoint; requests wait in order when all are busy. Bounded in both.
final class ConnectionPool {
    struct Limits: Sendable {
        var connections: Int
        var pending: Int
        var timeout: TimeAmount
    }

    private let loop: any EventLoop
    private let endpoint: Endpoint
    private let resolution: Resolution
    private let tls: NIOSSLContext?
    private let limits: Limits
    private let owner: LoadLoop
    private var connections: [ClientConnection] = []
    private var idle: [ClientConnection] = []
    private var connecting = 0
    private var connects = 0
    private var pending = CircularBuffer<Exchange>()

    init(
        loop: any EventLoop, endpoint: Endpoint, resolution: Resolution, tls: NIOSSLContext?, limits: Limits,
        owner: LoadLoop
    ) {
        self.loop = loop
        self.endpoint = endpoint
        self.resolution = resolution
        self.tls = tls
        self.limits = limits
        self.owner = owner
    }

    var openConnections: Int { connections.count }

    func send(_ exchange: Exchange, now: NIODeadline) {
        if let connection = idle.popLast() {
            connection.idleIndex = nil
            connection.send(exchange, now: now)
            return
        }
        let canConnect = connections.count + connecting < limits.connections
        guard canConnect || pending.count < limits.pending else { return owner.failed(exchange, .dropped) }
        var exchange = exchange
        exchange.queuedAt = now
        pending.append(exchange)
        if canConnect, connecting < pending.count { connect() }
    }

    /// Ends what lasts too long.
    func sweep(_ now: NIODeadline) {
        while let first = pending.first, now - first.queuedAt > limits.timeout {
            pending.removeFirst()
            owner.failed(first, .timeout)
        }
        for connection in connections {
            if let exchange = connection.exchange, now - exchange.sentAt > limits.timeout { connection.giveUp() }
        }
    }

    func closeAll() {
        pending.removeAll()
        for connection in connections { connection.close() }
    }

    // MARK: - Of the connections

    func isFree(_ connection: ClientConnection) {
        if let next = pending.popFirst() {
            connection.send(next, now: .now())
        } else {
            connection.idleIndex = idle.count
            idle.append(connection)
        }
    }

    func isGone(_ connection: ClientConnection) {
        if let index = connection.idleIndex, index < idle.count, idle[index] === connection {
            idle.swapAt(index, idle.count - 1)
            idle[index].idleIndex = index
            idle.removeLast()
            connection.idleIndex = nil
        }
        guard connection.index < connections.count, connections[connection.index] === connection else { return }
        connections.swapAt(connection.index, connections.count - 1)
        connections[connection.index].index = connection.index
        connections.removeLast()
        if connecting < pending.count, !owner.isEnded { connect() }
    }

    func answered(_ exchange: Exchange, _ response: Response) { owner.answered(exchange, response) }

    func failed(_ exchange: Exchange, _ failure: Failure, detail: String = "") {
        owner.failed(exchange, failure, detail: detail)
    }

    func repeatElsewhere(_ exchange: Exchange) {
        var exchange = exchange
        exchange.isRepeated = true
        send(exchange, now: .now())
    }

    // MARK: - Connecting

    private func connect() {
        connecting += 1
        connects += 1
        let bound = NIOLoopBound(self, eventLoop: loop)
        let (endpoint, tls) = (endpoint, tls)
        ClientBootstrap(group: loop)
            .connectTimeout(limits.timeout)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            // Each channel keeps such a buffer; most answers are short.
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1_024, maximum: 65_536)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let isAddress = (try? SocketAddress(ipAddress: endpoint.host, port: 0)) != nil
                        let handler = try NIOSSLClientHandler(
                            context: tls, serverHostname: isAddress ? nil : endpoint.host)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    let pool = bound.value
                    try channel.pipeline.syncOperations.addHandler(ClientConnection(pool: pool))
                }
            }
            .connect(to: resolution.address(connects))
            .assumeIsolated()
            .whenComplete { [self] result in
                connecting -= 1
                switch result {
                case .success(let channel): isConnected(channel)
                case .failure(let error): connectFailed(error)
                }
            }
    }

    private func isConnected(_ channel: any Channel) {
        guard let connection = try? channel.pipeline.syncOperations.handler(type: ClientConnection.self),
            channel.isActive
        else { return connectFailed(ChannelError.ioOnClosedChannel) }
        connection.index = connections.count
        connections.append(connection)
        if owner.isEnded { connection.close() } else { isFree(connection) }
    }

    private func connectFailed(_ error: any Error) {
        let (failure, detail) = ConnectFailure.classify(error)
        // One failed connection is one request's failure; the others wait for connections of their own.
        if let first = pending.popFirst() { owner.failed(first, failure, detail: detail) }
        // Not from here: where no connection can be made, each fails at once, and would call the next.
        loop.assumeIsolated().execute { [self] in
            if connecting < min(pending.count, 64), connections.count + connecting < limits.connections,
                !owner.isEnded
            {
                connect()
            }
        }
    }
}
