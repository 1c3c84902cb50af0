/// What became of the calls of one pipeline.
struct Exchange: Sendable {
    /// One a call, in order.
    var results: [Result<PostgresResult, PostgresError>]
    /// The session can serve another call.
    var isReusable: Bool
    /// No transaction is open.
    var isIdle: Bool
}

/// Calls on their way through one session: which were sent, and what each was answered.
///
/// The server runs what lies between two synchronisation points until the first error, and skips the rest
/// (https://www.postgresql.org/docs/current/libpq-pipeline-mode.html).
struct Pipeline {
    enum Sync {
        /// Every call for itself.
        case afterEach
        /// All or, after an error, no more.
        case atEnd
    }

    /// What the server answers next.
    private enum Step {
        case prepare(call: Int), execute(call: Int), sync
    }

    private let calls: [PreparedCall]
    private let sync: Sync
    private let target: String
    /// The statements that the session has prepared, by name.
    private(set) var prepared: [String: String]
    /// The session answers, but has lost or outlived what it had prepared, or is not where one can write.
    private(set) var isSessionStale = false

    private var sent = 0
    private var requested: [String: String] = [:]
    private var expected: [Step] = []
    private var answered = 0
    private var outcomes: [Result<PostgresResult, PostgresError>?]
    /// Calls before this one have passed their synchronisation point: what they were answered stands.
    private var settled = 0
    private var refusedPreparations: [String: PostgresError] = [:]

    init(_ calls: [PreparedCall], sync: Sync, prepared: [String: String], target: String) {
        self.calls = calls
        self.sync = sync
        self.prepared = prepared
        self.target = target
        outcomes = Array(repeating: nil, count: calls.count)
    }

    var hasMore: Bool { sent < calls.count }
    var isComplete: Bool { !hasMore && answered == expected.count }

    var results: [Result<PostgresResult, PostgresError>] {
        outcomes.map { $0 ?? .failure(PostgresError(kind: .skipped, message: "not sent", target: target)) }
    }

    /// Queues the next calls, up to about 64 KiB. False when there are none.
    mutating func send(on handle: ConnectionHandle) throws(PostgresError) -> Bool {
        guard hasMore else { return false }
        var bytes = 0
        while sent < calls.count, bytes < 65_536 {
            let call = calls[sent]
            let name = call.statement.name
            let known = prepared[name] ?? requested[name]
            guard known == nil || known == call.statement.sql else {
                throw PostgresError(
                    kind: .value, message: "statement \(name) stands for another text already", target: target)
            }
            if known == nil {
                try handle.sendPrepare(call.statement)
                requested[name] = call.statement.sql
                expected.append(.prepare(call: sent))
            }
            try handle.sendExecute(call)
            expected.append(.execute(call: sent))
            bytes += call.byteCount
            sent += 1
            if sync == .afterEach || sent == calls.count {
                try handle.sendSync()
                expected.append(.sync)
            }
        }
        return true
    }

    /// Takes what `PQgetResult` gave: nil ends the answer to one step, but for a synchronisation point.
    ///
    /// - Throws: an error with which the session is over.
    mutating func receive(_ result: ResultHandle?) throws(PostgresError) {
        guard answered < expected.count else { return }
        let step = expected[answered]
        guard let result else {
            if case .sync = step { return }
            answered += 1
            return
        }
        if result.isPipelineSync {
            settled = sync == .afterEach ? settled + 1 : calls.count
            answered += 1
            return
        }
        let outcome = Result { () throws(PostgresError) in try result.read() }
        switch step {
        case .prepare(let call):
            let statement = calls[call].statement
            switch outcome {
            case .success: prepared[statement.name] = statement.sql
            case .failure(let error):
                if error.kind != .skipped { refusedPreparations[statement.name] = error }
                outcomes[call] = outcome
            }
        case .execute(let call):
            // When its preparation failed, that is the reason.
            if case .failure = outcomes[call] { break }
            outcomes[call] = outcome.mapError { $0.sqlState == "26000" ? reason($0, of: call) : $0 }
        case .sync:
            // A commit that was refused takes the answers back which it was to seal.
            guard case .failure(let error) = outcome else { break }
            for call in settled..<min(sent, sync == .afterEach ? settled + 1 : calls.count) {
                if case .success = outcomes[call] { outcomes[call] = .failure(error) }
            }
        }
        if case .failure(let error) = outcome { try note(error) }
    }

    /// The session is over: what has no answer that stands gets `error`.
    mutating func end(_ error: PostgresError) {
        var rest = error
        if rest.kind == .server {
            // The first call without an answer has been told why; the others only that the session is lost.
            rest.kind = .connectionLost
        }
        for call in settled..<calls.count {
            if case .failure = outcomes[call] { continue }
            rest.isOutcomeUnknown = call < sent && (error.isOutcomeUnknown || error.endsSession)
            outcomes[call] = .failure(rest)
        }
    }

    /// "Prepared statement does not exist" for every use of one that could not be prepared: why it could not.
    private func reason(_ error: PostgresError, of call: Int) -> PostgresError {
        refusedPreparations[calls[call].statement.name] ?? error
    }

    private mutating func note(_ error: PostgresError) throws(PostgresError) {
        // A COPY answers the same result for ever.
        if error.endsSession || error.kind == .value { throw error }
        switch error.sqlState {
        // Read only; a plan of a table that has changed since; a statement deallocated behind our back.
        case "25006", "0A000": isSessionStale = true
        case "26000" where refusedPreparations.isEmpty: isSessionStale = true
        default: break
        }
    }
}
