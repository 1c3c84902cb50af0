/// Seats that are one user's until an instant, all of them or none.
public struct Hold: Sendable, Equatable {
    public var holdID: String
    public var userID: String
    /// 1 to 10, of one event, sorted by seat, no seat twice.
    public var seats: [SeatKey]
    public var expiresAt: Timestamp

    public init(holdID: String, userID: String, seats: [SeatKey], expiresAt: Timestamp) {
        self.holdID = holdID
        self.userID = userID
        self.seats = seats
        self.expiresAt = expiresAt
    }
}

/// What came of asking for a hold.
public enum HoldOutcome: Sendable, Equatable {
    /// A new hold, or the one that stood already for exactly these seats (its id and expiry unchanged).
    case held(Hold)
    /// None was given: these of the seats are somebody's (sorted).
    case taken([String])
    /// None was given: the user would have more than the event's limit.
    case limitReached
}

/// Whether seats are one user's.
public enum HoldCheck: Sendable, Equatable {
    /// All are held by the user; the earliest expiry among them.
    case held(until: Timestamp)
    /// All were the user's, and the hold of at least one has expired.
    case expired
    /// At least one is not, or never was, held by the user.
    case notHeld
}
