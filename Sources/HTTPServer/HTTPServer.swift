public import NIOCore
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A server of HTTP/1.1. Started once, shut down once.
public final class HTTPServer: Sendable {
    /// How a drain went.
    public struct DrainReport: Sendable, Equatable {
        /// Requests answered after the drain began.
        public var requestsFinished: Int
        /// Connections still open when the grace was over.
        public var connectionsCut: Int
    }

    private struct Running: Sendable {
        var listeners: [any Channel] = []
        var loops: [NIOLoopBound<LoopContext>] = []
    }

    private enum State {
        case new
        case starting
        case running(Running)
        case stopped(Task<DrainReport, Never>)
    }

    /// The loops that connections live on; a client of a backend made on one of them answers a handler without a hop.
    public let eventLoopGroup: any EventLoopGroup

    private let configuration: HTTPServerConfiguration
    private let router: Router
    private let observer: any HTTPObserver
    private let ownGroup: MultiThreadedEventLoopGroup?
    private let totals = ServerTotals()
    private let state = Mutex(State.new)
    private let stopped = AsyncStream.makeStream(of: Never.self)

    /// - Parameter eventLoopGroup: loops to run on; without it the server makes `configuration.eventLoops` of its own, and
    ///   ends them with itself, unless a handler outlives the shutdown.
    public init(
        _ configuration: HTTPServerConfiguration, router: Router, observer: any HTTPObserver = NoObserver(),
        eventLoopGroup: (any EventLoopGroup)? = nil
    ) {
        self.configuration = configuration
        self.router = router
        self.observer = observer
        if let eventLoopGroup {
            ownGroup = nil
            self.eventLoopGroup = eventLoopGroup
        } else {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops ?? System.coreCount)
            ownGroup = group
            self.eventLoopGroup = group
        }
    }

    /// The port listened on; that of the configuration before `start`.
    public var port: Int {
        state.withLock { state in
            guard case .running(let running) = state else { return configuration.port }
            return running.listeners.first?.localAddress?.port ?? configuration.port
        }
    }

    /// Whether a connection is open, or one that is gone is still being answered: by a handler that does not heed its
    /// cancellation, after a shutdown.
    public var isBusy: Bool { totals.connections.load(ordering: .relaxed) > 0 }

    /// Listens.
    /// - Throws: `HTTPServerError` `bind` if the address is taken or not this machine's; `state` the second time.
    public func start() async throws {
        try state.withLock { state in
            guard case .new = state else {
                throw HTTPServerError(.state, "the server was started before; make a new one")
            }
            state = .starting
        }
        var running = Running()
        for eventLoop in eventLoopGroup.makeIterator() {
            running.loops.append(try await makeLoop(eventLoop))
        }
        do {
            switch configuration.listeners {
            case .one:
                running.listeners.append(
                    try await listen(
                        on: eventLoopGroup, port: configuration.port, loops: running.loops, sharesPort: false))
            case .perLoop:
                var port = configuration.port
                // SO_REUSEPORT would share the port with another server in silence: a socket without it tells.
                if port != 0 { try checkIsFree(port) }
                for (eventLoop, loop) in zip(eventLoopGroup.makeIterator(), running.loops) {
                    let listener = try await listen(on: eventLoop, port: port, loops: [loop], sharesPort: true)
                    running.listeners.append(listener)
                    port = listener.localAddress?.port ?? port
                }
            }
        } catch {
            _ = await drain(running, .zero)
            throw HTTPServerError(
                .bind,
                "cannot listen on \(configuration.host):\(configuration.port); stop what does, or choose another port",
                underlying: error)
        }
        let isRunning = state.withLock { state in
            guard case .starting = state else { return false }
            state = .running(running)
            return true
        }
        if !isRunning {
            _ = await drain(running, .zero)
            throw HTTPServerError(.state, "the server was shut down while it started; make a new one")
        }
    }

    /// Starts unless started, and serves until `shutdown`; when its task is cancelled it shuts down with the grace of the
    /// configuration.
    public func run() async throws {
        if state.withLock({ if case .new = $0 { true } else { false } }) { try await start() }
        // Ends when this task is cancelled, and after a shutdown.
        for await _ in stopped.stream {}
        await shutdown(grace: configuration.drainGrace)
    }

    /// Stops listening; lets accepted requests finish, each connection's last answer with `Connection: close`; closes idle
    /// connections; cuts what is left after `grace`. Called again, it gives the report of the first call.
    @discardableResult
    public func shutdown(grace: Duration) async -> DrainReport {
        let drain = state.withLock { state in
            if case .stopped(let drain) = state { return drain }
            let running = if case .running(let running) = state { running } else { Running() }
            // A task of its own: it goes on when the caller's is cancelled.
            let drain = Task { await self.drain(running, grace) }
            state = .stopped(drain)
            return drain
        }
        return await drain.value
    }

    private func drain(_ running: Running, _ grace: Duration) async -> DrainReport {
        totals.isDraining.store(true, ordering: .relaxed)
        for listener in running.listeners { try? await listener.close() }
        for loop in running.loops { loop.eventLoop.execute { loop.value.drain() } }
        let isDrained = await waitForConnections(until: .now + grace)
        if !isDrained {
            for loop in running.loops { try? await loop.eventLoop.submit { loop.value.cut() }.get() }
            _ = await waitForConnections(until: .now + .seconds(1))
        }
        await end(running.loops)
        stopped.continuation.finish()
        return DrainReport(
            requestsFinished: totals.requestsFinishedInDrain.load(ordering: .relaxed),
            connectionsCut: totals.connectionsCut.load(ordering: .relaxed))
    }

    private func waitForConnections(until deadline: ContinuousClock.Instant) async -> Bool {
        while isBusy {
            guard .now < deadline else { return false }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return true
    }

    private func makeLoop(_ eventLoop: any EventLoop) async throws -> NIOLoopBound<LoopContext> {
        let (router, observer, configuration, totals) = (router, observer, configuration, totals)
        return try await eventLoop.submit {
            let loop = LoopContext(
                eventLoop: eventLoop, router: router, observer: observer, configuration: configuration, totals: totals)
            loop.start()
            return NIOLoopBound(loop, eventLoop: eventLoop)
        }.get()
    }

    /// Binds and does not listen: nobody may reach the socket that only asks.
    /// - Throws: `IOError` if another socket listens on the port.
    private func checkIsFree(_ port: Int) throws {
        let address = try SocketAddress.makeAddressResolvingHost(configuration.host, port: port)
        let descriptor = socket(address.protocol.rawValue, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        defer { close(descriptor) }
        // What an earlier server's connections left in TIME_WAIT does not count.
        var isReused: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<Int32>.size))
        let result = address.withSockAddr { bind(descriptor, $0, socklen_t($1)) }
        guard result == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
    }

    private func listen(
        on group: any EventLoopGroup, port: Int, loops: [NIOLoopBound<LoopContext>], sharesPort: Bool
    ) async throws -> any Channel {
        let highWaterMark = max(2, configuration.limits.unsentBytes)
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(
                .socketOption(NIOBSDSocket.Option(rawValue: SO_REUSEPORT)),
                value: sharesPort ? 1 : 0
            )
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .writeBufferWaterMark,
                value: ChannelOptions.Types.WriteBufferWaterMark(low: highWaterMark / 2, high: highWaterMark)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else {
                        throw ChannelError.inappropriateOperationForState
                    }
                    let info = ConnectionInfo(
                        eventLoop: channel.eventLoop, remoteAddress: channel.remoteAddress, router: loop.value.router)
                    try channel.pipeline.syncOperations.addHandler(HTTPConnection(loop: loop.value, info: info))
                }
            }
            .bind(host: configuration.host, port: port).get()
    }

    private func end(_ loops: [NIOLoopBound<LoopContext>]) async {
        for loop in loops { loop.eventLoop.execute { loop.value.stop() } }
        // What is still being answered runs on them.
        guard !isBusy else { return }
        try? await ownGroup?.shutdownGracefully()
    }
}
