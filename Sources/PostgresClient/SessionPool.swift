internal import Synchronization

/// Hands a pool's sessions out.
///
/// It runs on the event loop of its sessions, so that between one caller's answer and the next caller's statement no thread
/// has to be woken.
actor SessionPool {
    private nonisolated let loop = EventLoop.next()
    private nonisolated let configuration: PostgresPool.Configuration
    private nonisolated let observer: PostgresPool.Observer
    private nonisolated let provider: @Sendable () async throws -> PostgresConfiguration
    private nonisolated let sessions: Mutex<PoolSessions>

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(
        _ configuration: PostgresPool.Configuration, observer: PostgresPool.Observer,
        provider: @escaping @Sendable () async throws -> PostgresConfiguration
    ) {
        self.configuration = configuration
        self.observer = observer
        self.provider = provider
        sessions = Mutex(PoolSessions(configuration))
    }

    nonisolated var state: PostgresPool.State { sessions.withLock { $0.state } }

    /// Runs calls that leave no transaction open.
    ///
    /// - Throws: as `start`.
    func run(
        _ calls: [PreparedCall], sync: Pipeline.Sync, timeout: Duration?
    ) async throws -> [Result<PostgresResult, PostgresError>] {
        let (session, exchange) = try await start(calls, sync: sync, timeout: timeout)
        release(session, after: exchange)
        return exchange.results
    }

    /// Runs calls on a session that the caller then owns, until `release`.
    ///
    /// - Throws: no session, or cancelled; the caller owns none then.
    func start(
        _ calls: [PreparedCall], sync: Pipeline.Sync, timeout: Duration?
    ) async throws -> (PooledSession, Exchange) {
        try await withTaskExecutorPreference(loop) {
            // A session that had ended while it was idle has sent nothing. Each may be one.
            var stale = 0
            while true {
                let session = try await acquire()
                do {
                    let exchange = try await session.connection.exchange(calls, sync: sync, timeout: timeout)
                    return (session, exchange)
                } catch let error as PostgresError where error.kind == .closed && stale <= configuration.connections {
                    stale += 1
                    drop(because: error)
                } catch {
                    drop(because: error as? PostgresError)
                    throw error
                }
            }
        }
    }

    /// Gives a session back, or drops it.
    nonisolated func release(_ session: PooledSession, after exchange: Exchange, because error: PostgresError? = nil) {
        let errors = exchange.results.lazy.compactMap { result in
            if case .failure(let error) = result { error } else { nil }
        }
        let isReader = errors.contains { $0.sqlState == "25006" } || error?.sqlState == "25006"
        if isReader { sessions.withLock { $0.startGeneration() } }
        if exchange.isReusable, exchange.isIdle, !isReader {
            var session = session
            session.lastUsed = .now
            add(session)
        } else {
            drop(because: error ?? errors.first)
        }
    }

    // MARK: Callers

    private func acquire() async throws -> PooledSession {
        let start = ContinuousClock.now
        while true {
            let session = try await next()
            let now = ContinuousClock.now
            guard now - session.lastUsed > configuration.idleCheck else {
                observer.acquired(now - start)
                return session
            }
            if await session.connection.answers(within: configuration.acquireTimeout) {
                observer.acquired(.now - start)
                return session
            }
            try Task.checkCancellation()
            drop(because: nil)
        }
    }

    private func next() async throws -> PooledSession {
        try Task.checkCancellation()
        if let session = sessions.withLock({ $0.takeIdle() }) { return session }
        let id = sessions.withLock { $0.makeID() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let waiter = PoolSessions.Waiter(
                    deadline: .now + configuration.acquireTimeout, continuation: continuation)
                let arrival = sessions.withLock { sessions -> PoolSessions.Arrival? in
                    // Cancelled before it stands in the line, nobody would take it out again.
                    Task.isCancelled ? nil : sessions.arrive(waiter, id: id)
                }
                switch arrival {
                case nil: continuation.resume(throwing: CancellationError())
                case .session(let session): continuation.resume(returning: session)
                case .refused(let error): continuation.resume(throwing: error)
                case .waits:
                    startSignIns()
                    watchDeadlines()
                }
            }
        } onCancel: {
            sessions.withLock { $0.leave(id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    /// One task for all callers: the first in the line is the first whose time is over.
    private nonisolated func watchDeadlines() {
        guard sessions.withLock({ $0.beginExpiring() }) else { return }
        Task {
            while let deadline = sessions.withLock({ $0.nextExpiry() }) {
                try? await Task.sleep(until: deadline, clock: .continuous)
                let (expired, error) = sessions.withLock { $0.expire(.now) }
                for waiter in expired { waiter.continuation.resume(throwing: error) }
            }
        }
    }

    // MARK: Sessions

    private nonisolated func add(_ session: PooledSession) {
        let (waiter, closers) = sessions.withLock { ($0.add(session), $0.takeClosers()) }
        waiter?.continuation.resume(returning: session)
        for closer in closers { closer.resume() }
        if waiter == nil { startSignIns() }
    }

    private nonisolated func drop(because error: PostgresError?) {
        let closers = sessions.withLock { sessions in
            sessions.drop(because: error)
            return sessions.takeClosers()
        }
        for closer in closers { closer.resume() }
        if let error { observer.sessionLost(error) }
        startSignIns()
    }

    private nonisolated func startSignIns() {
        for _ in 0..<sessions.withLock({ $0.startSignIns() }) {
            Task { await signIn() }
        }
    }

    private func signIn() async {
        while let attempt = sessions.withLock({ $0.nextSignIn() }) {
            try? await Task.sleep(until: attempt, clock: .continuous)
            let start = ContinuousClock.now
            let generation = sessions.withLock { $0.generation }
            do {
                let connection = try await connect()
                observer.signedIn(.now - start)
                sessions.withLock { $0.signedIn() }
                add(PooledSession(connection: connection, generation: generation, lastUsed: .now))
                startSignIns()
                return
            } catch {
                let error =
                    error as? PostgresError
                    ?? PostgresError(kind: .configuration, message: "\(error)", target: "pool")
                observer.signInFailed(error)
                let isOver = sessions.withLock {
                    $0.signInFailed(error, at: .now, chance: .random(in: 0...1))
                }
                if isOver { break }
            }
        }
        for closer in sessions.withLock({ $0.takeClosers() }) { closer.resume() }
        // A caller may have come between the last look at the line and now.
        startSignIns()
    }

    private func connect() async throws -> PostgresConnection {
        var configuration = try await provider()
        if self.configuration.requiresWriter, configuration.sessionAttributes == nil {
            configuration.sessionAttributes = "read-write"
        }
        return try await PostgresConnection.connect(configuration, on: loop)
    }

    // MARK: End

    func close() async {
        for waiter in sessions.withLock({ $0.close() }) { waiter.continuation.resume(throwing: PoolSessions.closed) }
        await withCheckedContinuation { continuation in
            if sessions.withLock({ $0.addCloser(continuation) }) { continuation.resume() }
        }
    }
}

extension PostgresConnection {
    /// A round trip that does nothing. False when the session is of no use any more.
    fileprivate func answers(within limit: Duration) async -> Bool {
        do {
            try await execute(script: "", timeout: limit)
            return true
        } catch {
            return false
        }
    }
}
