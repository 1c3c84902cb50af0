/// A decided, or about to be decided, purchase.
public struct Order: Sendable, Equatable {
    public var orderID: String
    public var idem: String
    public var userID: String
    public var eventID: String
    public var intentID: String
    public var seatIDs: [String]
    public var status: Status
    /// Of a rejected order.
    public var reason: RejectionReason?
    public var totalMinor: Int64
    public var currency: String
    public var createdAt: Timestamp
    public var tickets: [Ticket]

    /// PROCESSING becomes CONFIRMED or REJECTED, and then never changes.
    public enum Status: String, Sendable, Codable {
        case processing = "PROCESSING"
        case confirmed = "CONFIRMED"
        case rejected = "REJECTED"
    }

    public init(
        orderID: String, idem: String, userID: String, eventID: String, intentID: String, seatIDs: [String],
        status: Status, reason: RejectionReason? = nil, totalMinor: Int64, currency: String, createdAt: Timestamp,
        tickets: [Ticket] = []
    ) {
        self.orderID = orderID
        self.idem = idem
        self.userID = userID
        self.eventID = eventID
        self.intentID = intentID
        self.seatIDs = seatIDs
        self.status = status
        self.reason = reason
        self.totalMinor = totalMinor
        self.currency = currency
        self.createdAt = createdAt
        self.tickets = tickets
    }
}

/// Why an order was rejected for good.
public enum RejectionReason: String, Sendable, Codable {
    /// A live ticket for a seat stands already. Impossible after a 202 (I8); the ledger's own last defence.
    case seatTaken = "seat_taken"
    case intentNotFound = "intent_not_found"
    /// The intent is another user's, for other seats, or already bought.
    case intentMismatch = "intent_mismatch"
    case paymentRequired = "payment_required"
    case paymentDeclined = "payment_declined"
    /// A seat is not in the catalogue.
    case seatNotFound = "seat_not_found"
}

public struct Ticket: Sendable, Equatable {
    public var ticketID: String
    public var seatID: String
    public var priceMinor: Int64

    public init(ticketID: String, seatID: String, priceMinor: Int64) {
        self.ticketID = ticketID
        self.seatID = seatID
        self.priceMinor = priceMinor
    }
}
