internal import Synchronization

/// A transaction on a session of its own. It serves one task at a time, and only inside the body it was given to.
///
/// After a statement that fails, the server refuses the others (SQLSTATE 25P02) until the transaction, or the savepoint
/// that was set before it, is rolled back.
public final class PostgresTransaction: Sendable {
    private struct Progress {
        var isOver = false
        var isReusable = true
        var isIdle = false
    }

    private let connection: PostgresConnection
    private let progress = Mutex(Progress())

    init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    /// Runs one statement.
    ///
    /// - Throws: `PostgresError`; when the session is lost the transaction was not applied. `CancellationError`.
    @discardableResult
    public nonisolated(nonsending) func query(
        _ statement: PostgresStatement, _ parameters: [(any PostgresEncodable)?] = [], timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try await run([PreparedCall(statement, parameters)], timeout: timeout)[0].get()
    }

    /// Runs statements in one round trip. Those after one that fails are `skipped`.
    ///
    /// - Returns: one result a statement, in order.
    /// - Throws: `PostgresError` of kind `closed`, `busy` or `value`; `CancellationError`.
    public nonisolated(nonsending) func pipeline(
        _ statements: [(PostgresStatement, [(any PostgresEncodable)?])], timeout: Duration? = nil
    ) async throws -> [Result<PostgresResult, PostgresError>] {
        guard !statements.isEmpty else { return [] }
        return try await run(statements.map { try PreparedCall($0, $1) }, timeout: timeout)
    }

    /// Runs `body` after a savepoint. When it throws, what was done since is rolled back, what was done before stays, and
    /// its error is thrown. Savepoints nest.
    @discardableResult
    public nonisolated(nonsending) func withSavepoint<Value>(
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        try await query(.savepoint)
        do {
            let value = try await body(self)
            try await query(.releaseSavepoint)
            return value
        } catch {
            // If this fails the transaction cannot go on, which its next statement tells.
            _ = try? await run(
                [PreparedCall(.rollbackToSavepoint), PreparedCall(.releaseSavepoint)], isCancellable: false)
            throw error
        }
    }

    // MARK: For the pool

    /// - Throws: `PostgresError`; `isOutcomeUnknown` when the session was lost meanwhile.
    nonisolated(nonsending) func commit() async throws {
        let result = try await run([PreparedCall(.commit)], isCommit: true, isCancellable: false)[0].get()
        // The server answers COMMIT of a failed transaction with a rollback, not with an error.
        guard result.commandTag == "COMMIT" else {
            throw PostgresError(
                kind: .server, message: "the transaction was rolled back: a statement in it had failed",
                target: connection.target)
        }
    }

    /// Undoes what is not committed. If even that fails, ending the session does it.
    nonisolated(nonsending) func rollback() async {
        let (isReusable, isIdle) = progress.withLock { ($0.isReusable, $0.isIdle) }
        guard isReusable, !isIdle else { return }
        _ = try? await run([PreparedCall(.rollback)], isCancellable: false)
    }

    /// What remains of the session. The transaction accepts nothing more.
    var exchange: Exchange {
        progress.withLock { progress in
            progress.isOver = true
            return Exchange(results: [], isReusable: progress.isReusable, isIdle: progress.isIdle)
        }
    }

    private nonisolated(nonsending) func run(
        _ calls: [PreparedCall], timeout: Duration? = nil, isCommit: Bool = false, isCancellable: Bool = true
    ) async throws -> [Result<PostgresResult, PostgresError>] {
        guard !progress.withLock({ $0.isOver }) else {
            throw PostgresError(kind: .closed, message: "the transaction is over", target: connection.target)
        }
        do {
            let exchange = try await withTaskExecutorPreference(connection.loop) {
                try await connection.exchange(calls, sync: .atEnd, timeout: timeout, isCancellable: isCancellable)
            }
            progress.withLock { progress in
                progress.isReusable = progress.isReusable && exchange.isReusable
                progress.isIdle = exchange.isIdle
            }
            guard !isCommit else { return exchange.results }
            return exchange.results.map { result in
                result.mapError { error in
                    var error = error
                    error.isOutcomeUnknown = false
                    return error
                }
            }
        } catch var error as PostgresError where error.kind != .busy {
            progress.withLock { $0.isReusable = false }
            error.kind = .connectionLost
            error.isOutcomeUnknown = false
            throw error
        } catch let error as CancellationError {
            progress.withLock { $0.isReusable = false }
            throw error
        }
    }
}
