/// A seat's name in the stores.
public struct SeatKey: Sendable, Hashable, Codable {
    public var eventID: String
    public var sectionID: String
    /// Unique within the event.
    public var seatID: String

    public init(eventID: String, sectionID: String, seatID: String) {
        self.eventID = eventID
        self.sectionID = sectionID
        self.seatID = seatID
    }
}
