/// The purchase that a buyer asked to be committed: body of `POST /confirm/commit`, and payload of the queue's message.
public struct CommitOrder: Sendable, Equatable, Codable {
    public var intentId: String
    public var eventId: String
    /// Sorted, no seat twice, 1 to 10.
    public var seatIds: [String]
    public var userId: String

    public init(intentId: String, eventId: String, seatIds: [String], userId: String) {
        self.intentId = intentId
        self.eventId = eventId
        self.seatIds = seatIds
        self.userId = userId
    }
}

/// The order's name, the same whenever it is derived.
public func orderID(idem: String) -> String { derivedIdentifier("ord", from: idem) }

/// A ticket's name, the same whenever it is derived.
public func ticketID(orderID: String, seatID: String) -> String {
    derivedIdentifier("tkt", from: orderID + "\n" + seatID)
}
