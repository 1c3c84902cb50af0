/// What a buyer was quoted.
public struct Intent: Sendable, Equatable {
    public var intentID: String
    public var userID: String
    public var eventID: String
    /// Sorted, no seat twice, 1 to 10.
    public var seatIDs: [String]
    /// Of each seat, in minor units, when it was quoted.
    public var pricesMinor: [Int64]
    /// ISO 4217.
    public var currency: String
    public var createdAt: Timestamp
    /// When the hold behind it ends.
    public var expiresAt: Timestamp

    public init(
        intentID: String, userID: String, eventID: String, seatIDs: [String], pricesMinor: [Int64], currency: String,
        createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.intentID = intentID
        self.userID = userID
        self.eventID = eventID
        self.seatIDs = seatIDs
        self.pricesMinor = pricesMinor
        self.currency = currency
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    public var amountMinor: Int64 { pricesMinor.reduce(0, +) }
}
