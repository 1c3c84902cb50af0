/// What the stores hold of a run: the other side of its buyers' history.
public struct StoredSales: Sendable {
    /// Of orders, by idempotency key.
    public var statuses: [String: String] = [:]
    /// Not voided, by event and seat.
    private(set) var tickets: [Seat: [String]] = [:]

    struct Seat: Hashable {
        var eventID: String
        var seatID: String
    }

    public init() {}

    /// A second ticket for a seat is kept beside the first: it is what is looked for.
    public mutating func add(ticket id: String, eventID: String, seatID: String) {
        tickets[Seat(eventID: eventID, seatID: seatID), default: []].append(id)
    }
}
