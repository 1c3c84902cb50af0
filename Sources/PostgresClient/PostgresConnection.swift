internal import Dispatch

/// One session with PostgreSQL by libpq in non-blocking mode.
///
/// It serves one task at a time: a call during another call throws `busy`. It runs on a serial queue of its own, so no
/// cooperative thread ever blocks. A call that is cancelled or passes its limit asks the server to stop and closes the
/// session: what it had begun may or may not have been applied, and an open transaction is rolled back by the server.
/// The session ends with `close()` or with the last reference.
public actor PostgresConnection {
    private let executor: QueueExecutor
    /// nil when closed.
    private var handle: ConnectionHandle?
    private var isInUse = false
    private let configuration: PostgresConfiguration

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
        executor = QueueExecutor(label: "postgres")
    }

    /// Signs in.
    ///
    /// - Throws: `PostgresError` of kind `connect` (libpq's words) or `timeout`; `CancellationError`.
    public static func connect(_ configuration: PostgresConfiguration) async throws -> PostgresConnection {
        let connection = PostgresConnection(configuration)
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
        let deadline = DispatchTime.now() + configuration.connectTimeout.dispatchInterval
        let handle = try ConnectionHandle(keywords: configuration.sessionKeywords, target: target)
        var interest: SocketInterest = .write
        while true {
            switch await wait(for: interest, of: handle, until: deadline) {
            case .ready: break
            case .timedOut: throw failure(.timeout, "no session within \(configuration.connectTimeout)")
            case .cancelled: throw CancellationError()
            }
            switch handle.pollConnect() {
            case .wantsRead: interest = .read
            case .wantsWrite: interest = .write
            case .failed: throw handle.error(.connect)
            case .established:
                self.handle = handle
                return
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
        let limit = timeout ?? configuration.statementTimeout + .seconds(5)
        do {
            try send(handle)
            return try await receive(from: handle, limit: limit)
        } catch {
            if handle.isLost { close() }
            throw error
        }
    }

    /// Sends what is queued and collects every result of it. The last one counts: the server stops at an error.
    private func receive(from handle: ConnectionHandle, limit: Duration) async throws -> PostgresResult {
        let deadline = DispatchTime.now() + limit.dispatchInterval
        var last: Result<PostgresResult, PostgresError>?
        while true {
            let flushed = try handle.flush()
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
            switch await wait(for: flushed ? .read : [.read, .write], of: handle, until: deadline) {
            case .ready: break
            case .timedOut:
                abandon(handle)
                throw failure(.timeout, "no answer within \(limit)")
            case .cancelled:
                abandon(handle)
                throw CancellationError()
            }
            guard self.handle === handle else { throw failure(.closed, "the session was closed during the call") }
            try handle.consumeInput()
        }
    }

    private func abandon(_ handle: ConnectionHandle) {
        handle.cancelRequest()?.send()
        close()
    }

    private func wait(
        for interest: SocketInterest, of handle: ConnectionHandle, until deadline: DispatchTime
    ) async -> Readiness {
        let queue = executor.queue
        let wait = SocketWait(queue: queue)
        let descriptor = handle.socket
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait.begin(interest, descriptor: descriptor, deadline: deadline, continuation: continuation)
            }
        } onCancel: {
            queue.async { wait.end(.cancelled) }
        }
    }

    private func failure(_ kind: PostgresError.Kind, _ message: String) -> PostgresError {
        PostgresError(kind: kind, message: message, target: target)
    }
}

extension Duration {
    fileprivate var dispatchInterval: DispatchTimeInterval {
        .nanoseconds(Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000))
    }
}
