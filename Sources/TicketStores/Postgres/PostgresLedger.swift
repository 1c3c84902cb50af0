internal import Metrics
public import PostgresClient
public import Ticketing

/// The sale in PostgreSQL.
///
/// Calls that run at once share statements: intents are inserted many at a time, look-ups ask for many keys at a time, and
/// orders are decided many in a transaction.
public final class PostgresLedger: Ledger {
    static let store = "ledger"

    let pool: PostgresPool
    private let intentWriter: Batcher<IntentAnswer, IdempotentOutcome>
    private let intentReader: Batcher<String, (intent: Intent, payment: Payment?)?>
    private let orderReader: Batcher<String, (order: Order, payment: Payment?)?>
    private let decider: Batcher<OrderDecider.Call, [Order]>

    /// The parameters that the pool's sessions need.
    ///
    /// A session keeps the plan of a statement, and so do the checks of foreign keys. Made while the tables are all but
    /// empty, before the doors open, it would read a whole table for each look-up, and go on so while the sale fills it:
    /// every plan is to be one by index, from the first row on. (`LATERAL ... LIMIT 1` in a statement says what is looked
    /// up for what: the planner may not turn it round.)
    public static let sessionSettings = ["enable_seqscan": "off"]

    /// - Parameter pool: of sessions with `sessionSettings`.
    public init(pool: PostgresPool) {
        self.pool = pool
        let sizes = Recorder(label: "ledger_batch_size", aggregate: true)
        intentWriter = Batcher(
            store: Self.store, limits: .init(batch: 256, concurrent: 3, waiting: 8_192)
        ) { answers in
            sizes.record(answers.count)
            return try await IntentWriter(pool: pool).write(answers)
        }
        intentReader = Batcher(
            store: Self.store, limits: .init(batch: 128, concurrent: 3, waiting: 8_192)
        ) { ids in
            let found = try await LedgerRows(pool: pool).intents(ids)
            return ids.map { .success(found[$0]) }
        }
        orderReader = Batcher(
            store: Self.store, limits: .init(batch: 128, concurrent: 3, waiting: 8_192)
        ) { keys in
            let found = try await LedgerRows(pool: pool).orders(keys, by: .key)
            return keys.map { .success(found[$0]) }
        }
        decider = Batcher(
            store: Self.store, limits: .init(batch: 20, concurrent: 2, waiting: 1_024)
        ) { calls in
            try await OrderDecider(pool: pool).decide(calls)
        }
    }

    public func catalogue(eventID: String) async throws -> EventCatalogue? {
        try await ledgering { try await LedgerRows(pool: pool).catalogue(eventID) }
    }

    public func eventIDs() async throws -> [String] {
        try await ledgering {
            try await pool.query(.eventIDs).rows.map { row throws(PostgresError) in try row.decode("event_id") }
        }
    }

    public func record(_ answer: IntentAnswer) async throws -> IdempotentOutcome {
        try await ledgering { try await intentWriter(answer) }
    }

    public func intentAnswer(userID: String, idem: String) async throws -> RecordedAnswer? {
        try await ledgering { try await IntentWriter(pool: pool).standing([(userID, idem)])[.init(userID, idem)] }
    }

    public func intent(_ intentID: String) async throws -> (intent: Intent, payment: Payment?)? {
        try await ledgering { try await intentReader(intentID) }
    }

    public func intents(idem: String) async throws -> [Intent] {
        try await ledgering { try await LedgerRows(pool: pool).intents(idem: idem) }
    }

    public func record(_ report: PaymentReport) async throws -> PaymentOutcome {
        try await ledgering { try await PaymentWriter(pool: pool).record(report) }
    }

    public func order(idem: String) async throws -> (order: Order, payment: Payment?)? {
        try await ledgering { try await orderReader(idem) }
    }

    public func order(intentID: String) async throws -> (order: Order, payment: Payment?)? {
        try await ledgering { try await LedgerRows(pool: pool).orders([intentID], by: .intent)[intentID] }
    }

    public func decide(_ requests: [DecisionRequest], capture: CapturePolicy) async throws -> [Order] {
        guard !requests.isEmpty else { return [] }
        return try await ledgering { try await decider(.init(requests: requests, capture: capture)) }
    }

    public func ping() async throws { _ = try await ledgering { try await pool.query(.ping) } }
}

/// Runs a call to the database; its failure becomes the port's.
func ledgering<Value: Sendable>(_ call: () async throws -> Value) async throws -> Value {
    do {
        return try await call()
    } catch let error as PostgresError {
        throw StoreError(error)
    }
}

extension StoreError {
    init(_ error: PostgresError) {
        let kind: Kind =
            switch error.kind {
            case .overloaded: .overloaded
            // `configuration`: only the pool's source of the address and the password fails so late.
            case .connect, .closed, .configuration: .unavailable
            case .timeout, .connectionLost: error.isOutcomeUnknown ? .outcomeUnknown : .unavailable
            case .server:
                // 08, 53, 57: connection, resources, an operator's hand; 25006: read only; 40: a lost race.
                if ["08", "40", "53", "57"].contains(error.sqlState?.prefix(2)) || error.sqlState == "25006" {
                    .unavailable
                } else {
                    .invalid
                }
            case .busy, .skipped, .value: .invalid
            }
        self.init(kind, store: PostgresLedger.store, "\(error)")
    }
}

extension PostgresError {
    /// A row or a value was refused: the statement's other rows are not to blame.
    var isAboutOneRow: Bool { kind == .value || sqlState?.hasPrefix("22") == true || sqlState?.hasPrefix("23") == true }

    /// Another transaction was in the way: the same again may succeed.
    var isRace: Bool { ["40001", "40P01"].contains(sqlState) }
}

extension PostgresStatement {
    static let ping = PostgresStatement("ledger_ping", "SELECT 1 FROM events LIMIT 1")
    static let eventIDs = PostgresStatement("ledger_event_ids", "SELECT event_id FROM events ORDER BY event_id")
}
