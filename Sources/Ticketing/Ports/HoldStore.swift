/// The truth about who has a seat now: compare-and-set for each seat. (DynamoDB; SQLite when embedded.)
///
/// Every condition compares with the `now` it is given: deletion by the store (TTL) is garbage collection and never the
/// clock. Every call throws `StoreError`; after `outcomeUnknown` the same call may be repeated.
public protocol HoldStore: Sendable {
    /// Holds all of `request.seats` or none, and never lets the user's held, pinned and sold seats of the event pass
    /// `request.limit`, however many calls run at once.
    ///
    /// A seat the user holds already counts as free for this user and keeps its earlier expiry, so that no chain of
    /// holds lasts longer than one.
    func hold(_ request: HoldRequest, now: Timestamp) async throws -> HoldOutcome

    /// Frees those of `seats` that `userID` holds. Never another's, never a pinned or sold one.
    /// - Returns: whether any hold of this user's was freed.
    func release(_ seats: [SeatKey], userID: String, now: Timestamp) async throws -> Bool

    /// Whether `userID` holds `seats` at `now`.
    func check(_ seats: [SeatKey], userID: String, now: Timestamp) async throws -> HoldCheck

    /// Moves the seats of `commit` to `pinned` and writes its record (unsent), in one transaction.
    ///
    /// A seat that is the user's by a hold, live or expired, or that is free, can be pinned; `limit` as for `hold`.
    func pin(_ commit: CommitRecord, limit: Int, now: Timestamp) async throws -> PinOutcome

    /// Writes that the commit was refused with an answer that will be given again; a record that stands already wins.
    func refuse(_ commit: CommitRecord, now: Timestamp) async throws -> PinOutcome

    /// The record under an idempotency key, strongly consistent.
    func commit(idem: String) async throws -> CommitRecord?

    /// The queue has the message: the record leaves the index of unsent ones. Repeating it changes nothing.
    func markSent(_ idems: [String]) async throws

    /// Records made before `before` that were never marked as sent, the oldest first.
    func unsentCommits(before: Timestamp, limit: Int) async throws -> [CommitRecord]

    /// The worker decided: pinned seats of this commit become sold, or free again. Repeating it changes nothing.
    func settle(_ settlements: [CommitSettlement], now: Timestamp) async throws

    /// Forgets the oldest commit records made before `before`, up to `limit`, but for those that were not sent yet. A
    /// store that does so by itself has nothing to do.
    /// - Returns: how many are gone.
    func purgeCommits(before: Timestamp, limit: Int) async throws -> Int

    /// The states of a section's seats, by seat id; free seats may be absent.
    func seats(eventID: String, sectionID: String) async throws -> [String: SeatState]

    /// Throws `StoreError` when the store cannot be reached: one cheap read.
    func ping() async throws
}

/// What is asked of `HoldStore.hold`.
public struct HoldRequest: Sendable {
    /// Used if a new hold is made.
    public var holdID: String
    public var userID: String
    /// 1 to 10, of one event, sorted by seat, no seat twice.
    public var seats: [SeatKey]
    /// Of a new hold.
    public var expiresAt: Timestamp
    /// The event's purchase limit.
    public var limit: Int

    public init(holdID: String, userID: String, seats: [SeatKey], expiresAt: Timestamp, limit: Int) {
        self.holdID = holdID
        self.userID = userID
        self.seats = seats
        self.expiresAt = expiresAt
        self.limit = limit
    }
}

/// What came of `HoldStore.pin` and `refuse`.
public enum PinOutcome: Sendable, Equatable {
    /// This call wrote the record.
    case recorded
    /// A record stands under this key already; it is the one that counts. (Its fingerprint may be another's.)
    case exists(CommitRecord)
    /// Nothing was written: these of the seats are somebody else's, or are pinned or sold (sorted).
    case taken([String])
    /// Nothing was written: taking the seats again would pass the user's limit.
    case limitReached
}

/// What the worker decided for a commit.
public struct CommitSettlement: Sendable, Equatable {
    public var idem: String
    public var userID: String
    public var seats: [SeatKey]
    /// true: the seats are sold; false: they are free again.
    public var isSold: Bool

    public init(idem: String, userID: String, seats: [SeatKey], isSold: Bool) {
        self.idem = idem
        self.userID = userID
        self.seats = seats
        self.isSold = isSold
    }
}
