/// A bounded number of sessions with one database, shared by many tasks.
///
/// Sessions are made when callers need them, and stay. One that is found broken, or that answers SQLSTATE 25006 (read
/// only: the writer has moved), is dropped, and a new one is signed in under back-off while callers wait; so the pool
/// recovers by itself. It repeats a statement only when that was surely not sent. After `isOutcomeUnknown` the caller
/// decides, who knows what may be repeated.
public final class PostgresPool: Sendable {
    public struct Configuration: Sendable {
        /// The most sessions open at once, from 1.
        public var connections = 8
        /// The most callers that wait for a session; past it `PostgresError` of kind `overloaded` at once.
        public var maxWaiting = 1024
        /// How long a caller waits for a session.
        public var acquireTimeout: Duration = .seconds(5)
        /// A session idle for longer is asked for a sign of life before it is used.
        public var idleCheck: Duration = .seconds(30)
        /// The pause after a sign-in that failed, doubled with each up to `maxBackoff`, less up to half by chance.
        public var minBackoff: Duration = .milliseconds(50)
        public var maxBackoff: Duration = .seconds(1)
        /// Sessions with a server that is read only (a reader, or a writer that lost its place) are not accepted, unless
        /// the URL sets `target_session_attrs` itself.
        public var requiresWriter = true

        public init() {}
    }

    /// Told of what happens, for metrics and logs. Called on any thread, and not to block.
    public struct Observer: Sendable {
        /// A caller has its session after this wait.
        public var acquired: @Sendable (Duration) -> Void = { _ in }
        /// A sign-in took this long.
        public var signedIn: @Sendable (Duration) -> Void = { _ in }
        public var signInFailed: @Sendable (PostgresError) -> Void = { _ in }
        /// A session was dropped because of this error.
        public var sessionLost: @Sendable (PostgresError) -> Void = { _ in }

        public init() {}
    }

    /// A moment's figures.
    public struct State: Sendable {
        /// Sessions, idle or busy.
        public var open: Int
        public var idle: Int
        public var busy: Int
        /// Callers waiting for a session.
        public var waiting: Int
        /// Why the last sign-in failed or the last session was lost; nil after the next success.
        public var lastError: PostgresError?
    }

    private let sessions: SessionPool

    /// - Parameter provider: read anew at every sign-in, because passwords are rotated. It has to bound its own time.
    public init(
        _ configuration: Configuration = Configuration(), observer: Observer = Observer(),
        provider: @escaping @Sendable () async throws -> PostgresConfiguration
    ) {
        sessions = SessionPool(configuration, observer: observer, provider: provider)
    }

    public var state: State { sessions.state }

    /// Runs one statement in a transaction of its own.
    ///
    /// - Parameter timeout: the client's own limit, as in `PostgresConnection.query`.
    /// - Throws: `PostgresError`; `CancellationError`: the statement may or may not have been applied.
    @discardableResult
    public nonisolated(nonsending) func query(
        _ statement: PostgresStatement, _ parameters: [(any PostgresEncodable)?] = [], timeout: Duration? = nil
    ) async throws -> PostgresResult {
        let call = try PreparedCall(statement, parameters)
        return try await sessions.run([call], sync: .afterEach, timeout: timeout)[0].get()
    }

    /// Runs statements in one round trip, each in a transaction of its own: one that fails does not fail the others.
    ///
    /// - Parameter timeout: the client's own limit between two answers.
    /// - Returns: one result a statement, in order.
    /// - Throws: `PostgresError` when no session was to be had or a value cannot be sent, and then nothing was sent;
    ///   `CancellationError`.
    public nonisolated(nonsending) func pipeline(
        _ statements: [(PostgresStatement, [(any PostgresEncodable)?])], timeout: Duration? = nil
    ) async throws -> [Result<PostgresResult, PostgresError>] {
        guard !statements.isEmpty else { return [] }
        let calls = try statements.map { try PreparedCall($0, $1) }
        return try await sessions.run(calls, sync: .afterEach, timeout: timeout)
    }

    /// Runs `body` between BEGIN and COMMIT on a session of its own. When `body` throws, everything is rolled back and its
    /// error thrown.
    ///
    /// - Throws: what `body` throws; `PostgresError`, whose `isOutcomeUnknown` is true only when the session was lost
    ///   during COMMIT. The task's cancellation does not interrupt COMMIT.
    @discardableResult
    public nonisolated(nonsending) func transaction<Value>(
        isolation: PostgresIsolation = .readCommitted,
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        let (session, exchange) = try await sessions.start(
            [PreparedCall(isolation.begin)], sync: .afterEach, timeout: nil)
        if case .failure(let error) = exchange.results[0] {
            sessions.release(session, after: exchange)
            throw error
        }
        let transaction = PostgresTransaction(session.connection)
        do {
            let value = try await body(transaction)
            try Task.checkCancellation()
            try await transaction.commit()
            sessions.release(session, after: transaction.exchange)
            return value
        } catch {
            await transaction.rollback()
            sessions.release(session, after: transaction.exchange, because: error as? PostgresError)
            throw error
        }
    }

    /// Runs BEGIN, the statements and COMMIT in one round trip: all of them or, when one fails, none.
    ///
    /// - Returns: one result a statement, in order.
    /// - Throws: `PostgresError`: why the first that failed did; as `transaction(isolation:_:)`.
    @discardableResult
    public nonisolated(nonsending) func transaction(
        batch statements: [(PostgresStatement, [(any PostgresEncodable)?])],
        isolation: PostgresIsolation = .readCommitted, timeout: Duration? = nil
    ) async throws -> [PostgresResult] {
        let calls = try statements.map { try PreparedCall($0, $1) }
        var (session, exchange) = try await sessions.start(
            [PreparedCall(isolation.begin)] + calls + [PreparedCall(.commit)], sync: .atEnd, timeout: timeout)
        let results = exchange.results
        do {
            let values = try results.map { result throws(PostgresError) in try result.get() }
            sessions.release(session, after: exchange)
            return Array(values.dropFirst().dropLast())
        } catch {
            if exchange.isReusable, !exchange.isIdle {
                let transaction = PostgresTransaction(session.connection)
                await transaction.rollback()
                exchange = transaction.exchange
            }
            sessions.release(session, after: exchange, because: error)
            throw error
        }
    }

    /// Refuses callers from now on, those waiting too, and returns when the last session has ended: idle ones at once,
    /// busy ones after their call.
    public nonisolated(nonsending) func close() async {
        await sessions.close()
    }
}
