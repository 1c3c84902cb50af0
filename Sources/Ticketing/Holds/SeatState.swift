/// What the hold store knows of a seat that is not free. A seat without a state is free.
public enum SeatState: Sendable, Equatable {
    /// Somebody's until `expiresAt`; from that instant on it is free, whether or not the record still stands.
    case held(HeldSeat)
    /// A commit was accepted for it: nobody else's, until the worker decides.
    case pinned(userID: String, idem: String)
    case sold(userID: String, idem: String)

    public struct HeldSeat: Sendable, Equatable {
        public var holdID: String
        public var userID: String
        public var expiresAt: Timestamp

        public init(holdID: String, userID: String, expiresAt: Timestamp) {
            self.holdID = holdID
            self.userID = userID
            self.expiresAt = expiresAt
        }
    }

    /// Whether nobody can take the seat at `now`.
    public func isTaken(at now: Timestamp) -> Bool {
        if case .held(let held) = self { now < held.expiresAt } else { true }
    }
}
