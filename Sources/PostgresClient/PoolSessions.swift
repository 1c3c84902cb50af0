/// A session of a pool.
struct PooledSession: Sendable {
    var connection: PostgresConnection
    /// Which writer it was made for: it is dropped when the pool has moved on.
    var generation: Int
    var lastUsed: ContinuousClock.Instant
}

/// A pool's sessions and the callers who wait for one: decisions only, no waiting and no network.
struct PoolSessions {
    struct Waiter {
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<PooledSession, any Error>
    }

    /// What an arriving caller gets.
    enum Arrival {
        case session(PooledSession)
        case refused(PostgresError)
        case waits
    }

    static let closed = PostgresError(kind: .closed, message: "the pool is closed", target: "pool")

    private let configuration: PostgresPool.Configuration
    private var idle: [PooledSession] = []
    private var waiters = WaitingLine<Waiter>()
    /// Sessions idle or busy.
    private var open = 0
    private var signingIn = 0
    private(set) var generation = 0
    private var isClosed = false
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var isExpiring = false
    /// Sign-ins that failed since the last one that succeeded.
    private var failures = 0
    private var nextAttempt: ContinuousClock.Instant = .now
    private var lastError: PostgresError?

    init(_ configuration: PostgresPool.Configuration) {
        self.configuration = configuration
    }

    var state: PostgresPool.State {
        PostgresPool.State(
            open: open, idle: idle.count, busy: open - idle.count, waiting: waiters.count, lastError: lastError)
    }

    // MARK: Callers

    mutating func takeIdle() -> PooledSession? { isClosed ? nil : idle.popLast() }

    mutating func makeID() -> Int { waiters.makeID() }

    mutating func arrive(_ waiter: Waiter, id: Int) -> Arrival {
        if isClosed { return .refused(Self.closed) }
        if let session = idle.popLast() { return .session(session) }
        guard waiters.count < configuration.maxWaiting else {
            return .refused(
                PostgresError(
                    kind: .overloaded,
                    message: "\(waiters.count) callers wait already for one of \(configuration.connections) sessions",
                    target: "pool"))
        }
        waiters.append(waiter, id: id)
        return .waits
    }

    mutating func leave(_ id: Int) -> Waiter? { waiters.remove(id: id) }

    /// Those whose time is over, and why they get no session.
    mutating func expire(_ now: ContinuousClock.Instant) -> (waiters: [Waiter], error: PostgresError) {
        var expired: [Waiter] = []
        while let first = waiters.first, first.deadline <= now, let waiter = waiters.popFirst() {
            expired.append(waiter)
        }
        return (expired, noSession)
    }

    /// When the first caller's time will be over; nil when nobody waits, and then who asks shall stop asking.
    mutating func nextExpiry() -> ContinuousClock.Instant? {
        isExpiring = !waiters.isEmpty
        return waiters.first?.deadline
    }

    /// True for the one who shall watch the callers' deadlines from now on.
    mutating func beginExpiring() -> Bool {
        defer { isExpiring = isExpiring || !waiters.isEmpty }
        return !isExpiring && !waiters.isEmpty
    }

    private var noSession: PostgresError {
        if failures > 0, var error = lastError {
            error.kind = .connect
            error.message = "no session within \(configuration.acquireTimeout): \(error.message)"
            error.isOutcomeUnknown = false
            return error
        }
        return PostgresError(
            kind: .overloaded,
            message: "none of \(configuration.connections) sessions was free within \(configuration.acquireTimeout)",
            target: "pool")
    }

    // MARK: Sessions

    /// A session to be used next: by the caller returned, or by nobody yet.
    mutating func add(_ session: PooledSession) -> Waiter? {
        guard !isClosed, session.generation == generation else {
            drop()
            return nil
        }
        if let waiter = waiters.popFirst() { return waiter }
        idle.append(session)
        return nil
    }

    /// A session that is over.
    mutating func drop(because error: PostgresError? = nil) {
        open -= 1
        if let error { lastError = error }
    }

    /// The writer has moved: every session until now is of no use.
    mutating func startGeneration() {
        generation += 1
        open -= idle.count
        idle = []
    }

    // MARK: Sign-in

    /// How many sign-ins to start: what the callers need, but one at a time while they fail.
    mutating func startSignIns() -> Int {
        guard !isClosed else { return 0 }
        let wanted = min(configuration.connections - open - signingIn, waiters.count - signingIn)
        let count = max(0, failures == 0 ? wanted : min(wanted, 1 - signingIn))
        signingIn += count
        return count
    }

    /// When a sign-in may be tried; nil when nobody needs it any more, and then it is given up.
    mutating func nextSignIn() -> ContinuousClock.Instant? {
        guard !isClosed, !waiters.isEmpty else {
            signingIn -= 1
            return nil
        }
        return nextAttempt
    }

    mutating func signedIn() {
        signingIn -= 1
        open += 1
        failures = 0
        lastError = nil
    }

    /// - Parameter chance: from 0 to 1.
    /// - Returns: true when another sign-in is tried already, and this one is to be given up.
    mutating func signInFailed(_ error: PostgresError, at now: ContinuousClock.Instant, chance: Double) -> Bool {
        lastError = error
        failures += 1
        let doubled = configuration.minBackoff * (1 << min(failures - 1, 16))
        nextAttempt = now + min(configuration.maxBackoff, doubled) * (1 - chance / 2)
        guard signingIn > 1 else { return false }
        signingIn -= 1
        return true
    }

    // MARK: End

    mutating func close() -> [Waiter] {
        isClosed = true
        open -= idle.count
        idle = []
        var waiting: [Waiter] = []
        while let waiter = waiters.popFirst() { waiting.append(waiter) }
        return waiting
    }

    /// True when every session has ended already.
    mutating func addCloser(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        guard open + signingIn > 0 else { return true }
        closers.append(continuation)
        return false
    }

    /// Those who wait for the end, if it has come.
    mutating func takeClosers() -> [CheckedContinuation<Void, Never>] {
        guard isClosed, open + signingIn == 0 else { return [] }
        defer { closers = [] }
        return closers
    }
}
