/// The sale itself, and what may never be lost: intents, payments, orders, tickets. (PostgreSQL; SQLite when embedded.)
///
/// Calls that run at once share round trips and transactions. Every call throws `StoreError`; after `outcomeUnknown` the
/// same call may be repeated.
public protocol Ledger: Sendable {
    /// The event with all its seats; nil if there is none.
    func catalogue(eventID: String) async throws -> EventCatalogue?

    /// Ids of the events there are, sorted.
    func eventIDs() async throws -> [String]

    /// Stores the first answer under a key, and the intent it speaks of, in one transaction; the first call wins.
    func record(_ answer: IntentAnswer) async throws -> IdempotentOutcome

    /// The answer that stands under a key of `POST /confirm/payment-intent`.
    func intentAnswer(userID: String, idem: String) async throws -> RecordedAnswer?

    /// The intent and its payment, if it has one.
    func intent(_ intentID: String) async throws -> (intent: Intent, payment: Payment?)?

    /// The intents that were quoted under a key: more than one only if several users chose the same key.
    func intents(idem: String) async throws -> [Intent]

    /// A payment provider's report. A repeat changes nothing.
    func record(_ report: PaymentReport) async throws -> PaymentOutcome

    /// The order under a key, with its tickets and its payment.
    func order(idem: String) async throws -> (order: Order, payment: Payment?)?

    /// The order that an intent led to: the live one, else the last rejected one.
    func order(intentID: String) async throws -> (order: Order, payment: Payment?)?

    /// Decides orders: each its own all-or-nothing, many in one transaction. Once decided, a key's order is given back
    /// as it stands.
    ///
    /// CONFIRMED: order, tickets, captured payment and outbox line exist together. REJECTED: the order alone.
    /// - Parameter capture: what to do about an intent without an approved payment.
    /// - Returns: one order for each request, in order.
    func decide(_ requests: [DecisionRequest], capture: CapturePolicy) async throws -> [Order]

    /// Forgets the oldest answers under keys that were given before `before`, up to `limit`.
    /// - Returns: how many are gone.
    func purgeAnswers(before: Timestamp, limit: Int) async throws -> Int

    /// Looks at the `limit` intents that ended first within `span`, and forgets those that have neither an order nor a
    /// payment.
    func purgeIntents(endedWithin span: Range<Timestamp>, limit: Int) async throws -> IntentPurge

    func ping() async throws
}

/// What came of `Ledger.purgeIntents`.
public struct IntentPurge: Sendable, Equatable {
    /// How many are gone.
    public var gone: Int
    /// Where to go on; nil: the span was looked at whole.
    public var next: Timestamp?

    public init(gone: Int, next: Timestamp?) {
        self.gone = gone
        self.next = next
    }

    /// - Parameter last: when the last of `seen` intents ended.
    public init(gone: Int, seen: Int, last: Timestamp?, span: Range<Timestamp>, limit: Int) {
        self.gone = gone
        // More that ended in the same millisecond than one batch holds are left to the next sweep.
        next = seen < limit ? nil : last.map { max($0, span.lowerBound + .milliseconds(1)) }
    }
}

/// What stands, or shall stand, under an idempotency key.
public struct RecordedAnswer: Sendable, Equatable {
    /// SHA-256 of the canonical body, 64 hex digits.
    public var fingerprint: String
    public var answer: StoredAnswer

    public init(fingerprint: String, answer: StoredAnswer) {
        self.fingerprint = fingerprint
        self.answer = answer
    }
}

/// The answer to a payment intent, to be stored once.
public struct IntentAnswer: Sendable {
    public var userID: String
    public var idem: String
    public var recorded: RecordedAnswer
    /// nil: the answer is a refusal.
    public var intent: Intent?

    public init(userID: String, idem: String, recorded: RecordedAnswer, intent: Intent?) {
        self.userID = userID
        self.idem = idem
        self.recorded = recorded
        self.intent = intent
    }
}

public enum IdempotentOutcome: Sendable, Equatable {
    /// This call's answer is the first.
    case first
    /// Another one stands: it counts. (Its fingerprint may be another's.)
    case exists(RecordedAnswer)
}

/// A commit that waits for its decision.
public struct DecisionRequest: Sendable, Equatable {
    public var idem: String
    public var order: CommitOrder
    /// When the commit was accepted.
    public var acceptedAt: Timestamp

    public init(idem: String, order: CommitOrder, acceptedAt: Timestamp) {
        self.idem = idem
        self.order = order
        self.acceptedAt = acceptedAt
    }
}

/// What the worker does about an intent that no approved payment covers.
public enum CapturePolicy: Sendable {
    /// The order is rejected (`payment_required`, `payment_declined`).
    case approvedOnly
    /// No payment provider is connected: the amount counts as paid, under the reference "none-<intent>", unless the
    /// payment was declined or cancelled.
    case withoutProvider
}
