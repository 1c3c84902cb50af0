/// What stands in the hold store under a commit's idempotency key: the promise behind a 202 and the outbox of the queue,
/// or the refusal that is given again.
public struct CommitRecord: Sendable, Equatable {
    /// The Idempotency-Key. One key names at most one purchase, whoever uses it: it is the order's key, too.
    public var idem: String
    /// SHA-256 of the canonical body, 64 hex digits.
    public var fingerprint: String
    public var order: CommitOrder
    /// The order's seats with their sections; empty for a refusal of seats that are none.
    public var seats: [SeatKey]
    public var createdAt: Timestamp
    /// `X-Amzn-Trace-Id` of the request, continued by the worker.
    public var traceHeader: String?
    /// nil: accepted.
    public var refusal: StoredAnswer?

    public init(
        idem: String, fingerprint: String, order: CommitOrder, seats: [SeatKey], createdAt: Timestamp,
        traceHeader: String? = nil, refusal: StoredAnswer? = nil
    ) {
        self.idem = idem
        self.fingerprint = fingerprint
        self.order = order
        self.seats = seats
        self.createdAt = createdAt
        self.traceHeader = traceHeader
        self.refusal = refusal
    }
}

/// The first answer to an idempotency key, given again byte for byte.
public struct StoredAnswer: Sendable, Equatable, Codable {
    /// 200 to 499, never 429.
    public var status: Int
    public var location: String?
    /// JSON.
    public var body: String

    public init(status: Int, location: String? = nil, body: String) {
        self.status = status
        self.location = location
        self.body = body
    }
}
