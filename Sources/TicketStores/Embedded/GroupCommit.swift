internal import GRDB
internal import Synchronization
internal import Ticketing

/// Gathers writes that come at once into one transaction, each in a savepoint of its own: the cost of a commit, an
/// fsync, is shared by all of them.
///
/// While one transaction runs the next gathers; nobody waits for a group to fill.
final class GroupCommit: Sendable {
    private struct Job: Sendable {
        var store: String
        var run: @Sendable (Database) -> Outcome
        var refuse: @Sendable (StoreError) -> Void
    }

    private struct Outcome: Sendable {
        /// Why the write itself failed.
        var error: StoreError?
        /// Tells the caller, with why the group was not committed.
        var tell: @Sendable (StoreError?) -> Void
    }

    private struct State {
        var pending: [Job] = []
        var isDraining = false
    }

    private let pool: DatabasePool
    private let pendingLimit: Int
    private let state = Mutex(State())
    /// Bounds how long another process waits for its turn.
    private let groupLimit = 512

    init(pool: DatabasePool, pendingLimit: Int) {
        self.pool = pool
        self.pendingLimit = pendingLimit
    }

    /// - Parameter completion: called once: after the commit, or with why there was none.
    func submit<Value: Sendable>(
        _ store: String, _ body: @escaping @Sendable (Database) throws -> Value,
        completion: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let job = Job(store: store) { database in
            let result = Result { try database.undoingOnError { try body(database) } }
                .mapError { StoreError($0, store: store) }
            let error: StoreError? = if case .failure(let error) = result { error } else { nil }
            return Outcome(error: error) { completion($0.map { .failure($0) } ?? result) }
        } refuse: { error in
            completion(.failure(error))
        }
        let (isAdmitted, mustDrain) = state.withLock { state in
            guard state.pending.count < pendingLimit else { return (false, false) }
            state.pending.append(job)
            defer { state.isDraining = true }
            return (true, !state.isDraining)
        }
        guard isAdmitted else {
            return completion(
                .failure(StoreError(.overloaded, store: store, "\(pendingLimit) writes are waiting already")))
        }
        if mustDrain { pool.asyncWriteWithoutTransaction { [self] in drain($0) } }
    }

    private func drain(_ database: Database) {
        while true {
            let group = state.withLock { state in
                let group = Array(state.pending.prefix(groupLimit))
                state.pending.removeFirst(group.count)
                if group.isEmpty { state.isDraining = false }
                return group
            }
            guard !group.isEmpty else { return }
            commit(group, in: database)
        }
    }

    private func commit(_ group: [Job], in database: Database) {
        do {
            try database.beginTransaction(.immediate)
        } catch {
            for job in group { job.refuse(StoreError(error, store: job.store)) }
            return
        }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(group.count)
        for job in group {
            outcomes.append(job.run(database))
            // A full disk, for one, ends the whole transaction and not only the savepoint
            // (https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction).
            guard database.isInsideTransaction else { break }
        }
        guard database.isInsideTransaction else {
            let reason = outcomes.last?.error?.message ?? "SQLite undid the transaction"
            for job in group { job.refuse(StoreError(.unavailable, store: job.store, reason)) }
            return
        }
        do {
            try database.commit()
            for outcome in outcomes { outcome.tell(nil) }
        } catch {
            try? database.rollback()
            let words = StoreError(error, store: "").message
            for (job, outcome) in zip(group, outcomes) {
                outcome.tell(StoreError(.outcomeUnknown, store: job.store, words))
            }
        }
    }
}

extension Database {
    /// Undoes what `body` wrote if it throws, and nothing else of the transaction.
    func undoingOnError<Value>(_ body: () throws -> Value) throws -> Value {
        try run("SAVEPOINT part")
        do {
            let value = try body()
            try run("RELEASE part")
            return value
        } catch {
            if isInsideTransaction {
                try run("ROLLBACK TO part")
                try run("RELEASE part")
            }
            throw error
        }
    }

    /// Executes a statement that is prepared once for each connection.
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    func int(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
        try Int.fetchOne(cachedStatement(sql: sql), arguments: arguments) ?? 0
    }
}
