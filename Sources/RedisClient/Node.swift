import NIOCore

/// A node of Redis as one event loop sees it: at most one session at a time, made again whenever it is lost.
/// Confined to its event loop.
final class Node {
    let address: NodeAddress
    private let configuration: RedisConfiguration
    private let security: TransportSecurity?
    private let eventLoop: any EventLoop
    private let router: Router

    private var session: Session?
    private var delay: ReconnectDelay
    private var retry: Scheduled<Void>?
    private var isStopped = false
    private(set) var entry: StateBoard.Entry

    init(
        address: NodeAddress, configuration: RedisConfiguration, security: TransportSecurity?,
        eventLoop: any EventLoop, router: Router
    ) {
        self.address = address
        self.configuration = configuration
        self.security = security
        self.eventLoop = eventLoop
        self.router = router
        delay = ReconnectDelay(maximum: configuration.maxReconnectDelay)
        entry = StateBoard.Entry(isConnected: false, since: .now, failure: nil)
    }

    var isReady: Bool { entry.isConnected }

    /// Neither reached nor failed so far.
    var isFirstTry: Bool { !entry.isConnected && entry.failure == nil }

    /// Every try resolves the host's name again.
    func connect() {
        guard !isStopped, session == nil else { return }
        let session = Session(
            address: address, configuration: configuration, eventLoop: eventLoop,
            onReady: { self.becameReady() },
            onAnswer: { self.answered($0, $1) },
            onClosed: { self.lost($0) })
        self.session = session
        session.start(security: security)
    }

    /// As `Session.send`; fails at once without a session.
    func send(_ request: Request, asking: Bool = false) -> RedisError? {
        guard isReady, let session else { return entry.failure ?? notYet }
        return session.send(request, asking: asking)
    }

    /// Closes the session and makes another.
    func reconnect(because error: RedisError) {
        session?.close(error)
    }

    /// No longer used: ends when what is under way has its answers.
    func retire() {
        isStopped = true
        retry?.cancel()
        if isReady { session?.retire() } else { session?.close(.closed, "the node is no longer used") }
    }

    /// Ends at once.
    func stop(_ error: RedisError) {
        isStopped = true
        retry?.cancel()
        session?.close(error)
    }

    private var notYet: RedisError {
        RedisError(kind: .connect, message: "not connected yet", target: address.description)
    }

    private func becameReady() {
        delay.reset()
        entry = StateBoard.Entry(isConnected: true, since: .now, failure: nil)
        router.nodeChanged(self)
    }

    private func lost(_ error: RedisError) {
        session = nil
        if entry.isConnected { entry.since = .now }
        entry.isConnected = false
        entry.failure = RedisError(kind: .connect, message: "not connected: \(error.message)", target: error.target)
        guard !isStopped else { return }
        var generator = SystemRandomNumberGenerator()
        let pause = TimeAmount(delay.next(using: &generator))
        retry = eventLoop.assumeIsolated().scheduleTask(in: pause) { self.connect() }
        router.nodeChanged(self)
    }

    private func answered(_ request: Request, _ value: RedisValue) {
        guard case .error(let answer) = value else { return request.finish(.success(value)) }
        router.refused(request, answer: answer, by: self)
    }
}
