internal import Dispatch

/// One session with PostgreSQL by libpq in non-blocking mode.
///
/// It serves one task at a time: a call during another call throws `busy`. It runs on an event loop, so no cooperative
/// thread ever blocks. A call that is cancelled or passes its limit asks the server to stop and closes the
/// session: what it had begun may or may not have been applied, and an open transaction is rolled back by the server.
/// The session ends with `close()` or with the last reference.
public actor PostgresConnection {
    nonisolated let loop: EventLoop
    /// nil when closed.
    private var handle: ConnectionHandle?
    private var isInUse = false
    /// The statements that this session has prepared, by name.
    private var prepared: [String: String] = [:]
    private let configuration: PostgresConfiguration

    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private init(_ configuration: PostgresConfiguration, loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
    }

    /// Signs in.
    ///
    /// - Throws: `PostgresError` of kind `connect` (libpq's words) or `timeout`; `CancellationError`.
    public static func connect(_ configuration: PostgresConfiguration) async throws -> PostgresConnection {
        try await connect(configuration, on: .next())
    }

    /// Signs in on an event loop that others use, too.
    static func connect(
        _ configuration: PostgresConfiguration, on loop: EventLoop
    ) async throws -> PostgresConnection {
        let connection = PostgresConnection(configuration, loop: loop)
        try await connection.open()
        return connection
    }

    /// "user@host:port/database".
    public nonisolated var target: String { configuration.target }

    public var isClosed: Bool { handle == nil }

    /// The server's process id of this session, 0 when closed.
    public var backendProcessID: Int { handle?.backendProcessID ?? 0 }

    /// Runs one statement, `$1`... standing for `parameters`.
    ///
    /// - Parameter timeout: the client's own limit, for a peer that does not answer at all; by default 5 s more than
    ///   the configuration's `statementTimeout`, by which the server itself ends the statement (SQLSTATE 57014).
    /// - Throws: `PostgresError`; `CancellationError`.
    @discardableResult
    public func query(
        _ sql: String, _ parameters: [(any PostgresEncodable)?] = [], timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try await perform(timeout: timeout) { (handle) throws(PostgresError) in
            try handle.send(sql, parameters: parameters)
        }
    }

    /// Runs one statement, which the session prepares when it is first used.
    ///
    /// - Throws: as `query(_:_:timeout:)`.
    @discardableResult
    public func query(
        _ statement: PostgresStatement, _ parameters: [(any PostgresEncodable)?] = [], timeout: Duration? = nil
    ) async throws -> PostgresResult {
        let call = try PreparedCall(statement, parameters)
        let exchange = try await exchange([call], sync: .afterEach, timeout: timeout)
        return try exchange.results[0].get()
    }

    /// Runs statements in one round trip, each for itself: one that fails does not fail the others.
    ///
    /// - Throws: `PostgresError` of kind `closed`, `busy` or `value`, and then nothing was sent; `CancellationError`.
    public func pipeline(
        _ statements: [(PostgresStatement, [(any PostgresEncodable)?])], timeout: Duration? = nil
    ) async throws -> [Result<PostgresResult, PostgresError>] {
        let calls = try statements.map { try PreparedCall($0, $1) }
        return try await exchange(calls, sync: .afterEach, timeout: timeout).results
    }

    /// Runs a script of several statements; outside a transaction it is one by itself. Results are dropped.
    public func execute(script: String, timeout: Duration? = nil) async throws {
        _ = try await perform(timeout: timeout) { (handle) throws(PostgresError) in try handle.send(script: script) }
    }

    /// Runs `body` between BEGIN and COMMIT. When it throws, everything is rolled back and its error is thrown.
    @discardableResult
    public func transaction<Result: Sendable>(
        _ body: @Sendable (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        try await query("BEGIN")
        do {
            let result = try await body(self)
            let commit = try await query("COMMIT")
            // The server answers COMMIT of a failed transaction with a rollback, not with an error.
            guard commit.commandTag == "COMMIT" else {
                throw failure(.server, "the transaction was rolled back: a statement in it had failed")
            }
            return result
        } catch {
            // If even the rollback fails, ending the session is the rollback.
            if handle != nil { do { try await query("ROLLBACK") } catch { close() } }
            throw error
        }
    }

    /// Ends the session. A call that is running throws `closed` when its answer arrives.
    public func close() {
        handle = nil
    }

    private func open() async throws {
        try Task.checkCancellation()
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let handle = try await Self.start(configuration)
        var interest: SocketInterest = .write
        while true {
            switch await readiness(for: interest, of: handle, until: deadline, isCancellable: true) {
            case .ready: break
            case .timedOut: throw failure(.timeout, "no session within \(configuration.connectTimeout)")
            case .cancelled: throw CancellationError()
            }
            switch handle.pollConnect() {
            case .wantsRead: interest = .read
            case .wantsWrite: interest = .write
            case .failed: throw handle.signInError
            case .established:
                self.handle = handle
                return
            }
        }
    }

    /// Starting a session resolves the host's name, which blocks: not on the event loop.
    private static func start(_ configuration: PostgresConfiguration) async throws -> sending ConnectionHandle {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                do {
                    let handle = try ConnectionHandle(
                        keywords: configuration.sessionKeywords, target: configuration.target)
                    continuation.resume(returning: handle)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    /// Runs calls in one pipeline.
    ///
    /// - Parameter timeout: the client's own limit between two answers.
    /// - Throws: `closed`, also when the session turns out to have ended while it was idle, and `busy`: nothing was sent.
    ///   `CancellationError`: the session is closed.
    func exchange(
        _ calls: [PreparedCall], sync: Pipeline.Sync, timeout: Duration? = nil, isCancellable: Bool = true
    ) async throws -> Exchange {
        guard let handle else { throw failure(.closed, "the session is closed") }
        guard !isInUse else { throw failure(.busy, "the session is serving another call") }
        if isCancellable { try Task.checkCancellation() }
        guard handle.isAlive() else {
            close()
            throw failure(.closed, "the session had ended while it was idle")
        }
        isInUse = true
        defer { isInUse = false }
        var pipeline = Pipeline(calls, sync: sync, prepared: prepared, target: target)
        do {
            try await run(&pipeline, on: handle, limit: limit(timeout), isCancellable: isCancellable)
            try handle.exitPipeline()
        } catch let error as PostgresError {
            pipeline.end(error)
            close()
        }
        prepared = pipeline.prepared
        return Exchange(
            results: pipeline.results, isReusable: self.handle != nil && !pipeline.isSessionStale,
            isIdle: handle.isIdle)
    }

    /// Queues calls and reads answers in turn, so that neither side waits for the other to read.
    private func run(
        _ pipeline: inout Pipeline, on handle: ConnectionHandle, limit: Duration, isCancellable: Bool
    ) async throws {
        var deadline = ContinuousClock.now + limit
        try handle.enterPipeline()
        var isFlushed = true
        while true {
            while isFlushed, try pipeline.send(on: handle) { isFlushed = try handle.flush() }
            if !isFlushed { isFlushed = try handle.flush() }
            while !pipeline.isComplete, !handle.isBusy {
                try pipeline.receive(handle.nextResult())
                deadline = ContinuousClock.now + limit
            }
            if pipeline.isComplete { return }
            if isFlushed, pipeline.hasMore { continue }
            try await wait(
                for: isFlushed ? .read : [.read, .write], of: handle, until: deadline, limit: limit,
                isCancellable: isCancellable)
            do {
                try handle.consumeInput()
            } catch {
                // What had arrived before the end still counts.
                while !pipeline.isComplete, !handle.isBusy { try pipeline.receive(handle.nextResult()) }
                throw error
            }
        }
    }

    private func perform(
        timeout: Duration?, _ send: (ConnectionHandle) throws(PostgresError) -> Void
    ) async throws -> PostgresResult {
        guard let handle else { throw failure(.closed, "the session is closed") }
        guard !isInUse else { throw failure(.busy, "the session is serving another call") }
        try Task.checkCancellation()
        isInUse = true
        defer { isInUse = false }
        do {
            try send(handle)
            return try await receive(from: handle, limit: limit(timeout))
        } catch {
            if handle.isLost { close() }
            throw error
        }
    }

    /// Sends what is queued and collects every result of it. The last one counts: the server stops at an error.
    private func receive(from handle: ConnectionHandle, limit: Duration) async throws -> PostgresResult {
        let deadline = ContinuousClock.now + limit
        var last: Result<PostgresResult, PostgresError>?
        while true {
            let isFlushed = try handle.flush()
            while !handle.isBusy {
                guard let result = handle.nextResult() else {
                    guard let last else { throw handle.error(.connectionLost) }
                    return try last.get()
                }
                last = Result { () throws(PostgresError) in try result.read() }
                // A COPY answers the same result for ever.
                if case .failure(let error) = last, error.kind == .value {
                    close()
                    throw error
                }
            }
            try await wait(
                for: isFlushed ? .read : [.read, .write], of: handle, until: deadline, limit: limit,
                isCancellable: true)
            try handle.consumeInput()
        }
    }

    /// The server itself ends a statement at its own limit; the client's is for a peer that does not answer at all.
    private func limit(_ timeout: Duration?) -> Duration { timeout ?? configuration.statementTimeout + .seconds(5) }

    /// - Throws: `timeout`, `closed`, `CancellationError`; the session is closed then.
    private func wait(
        for interest: SocketInterest, of handle: ConnectionHandle, until deadline: ContinuousClock.Instant,
        limit: Duration, isCancellable: Bool
    ) async throws {
        switch await readiness(for: interest, of: handle, until: deadline, isCancellable: isCancellable) {
        case .ready: break
        case .timedOut:
            abandon(handle)
            throw failure(.timeout, "no answer within \(limit)")
        case .cancelled:
            abandon(handle)
            throw CancellationError()
        }
        guard self.handle === handle else {
            var error = failure(.closed, "the session was closed during the call")
            error.isOutcomeUnknown = true
            throw error
        }
    }

    private func readiness(
        for interest: SocketInterest, of handle: ConnectionHandle, until deadline: ContinuousClock.Instant,
        isCancellable: Bool
    ) async -> Readiness {
        let id = loop.makeID()
        let descriptor = handle.socket
        return await withTaskCancellationHandler {
            await withCheckedContinuation { loop.wait(id, for: interest, of: descriptor, until: deadline, $0) }
        } onCancel: {
            if isCancellable { loop.cancel(id) }
        }
    }

    private func abandon(_ handle: ConnectionHandle) {
        handle.cancelRequest()?.send()
        close()
    }

    private func failure(_ kind: PostgresError.Kind, _ message: String) -> PostgresError {
        PostgresError(kind: kind, message: message, target: target)
    }
}
