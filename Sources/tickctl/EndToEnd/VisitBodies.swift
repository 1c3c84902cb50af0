/// The fields of every request of the contract; those that are nil are left out.
struct VisitBody: Encodable, Sendable {
    var userId: String?
    var eventId: String?
    var seatId: String?
    var seatIds: [String]?
    var intentId: String?
}

struct RoomPlace: Decodable, Sendable {
    var roomToken: String
    var position: Int64
    var etaSec: Int64
}

struct RoomStanding: Decodable, Sendable {
    var ready: Bool
    var leftSec: Int64
    var position: Int64
    var etaSec: Int64
}

struct SectionSummary: Decodable, Sendable {
    var event: String
    var section: String
    var seatsAvailable: Int
    var updatedAt: String
}

struct SeatPage: Decodable, Sendable {
    struct Section: Decodable, Sendable {
        struct Seat: Decodable, Sendable {
            var seatId: String
            var status: String
            var price: Int64
        }
        var section: String
        var seats: [Seat]
    }
    var eventId: String
    var sections: [Section]
    var cursor: String?
}

struct SeatHold: Decodable, Sendable, Equatable {
    var holdId: String
    var expiresAt: String
    var seatIds: [String]
}

struct PaymentIntent: Decodable, Sendable {
    var intentId: String
    var amount: Int64
    var currency: String
    var expiresAt: String
}

struct PurchaseStatus: Decodable, Sendable {
    struct Order: Decodable, Sendable {
        struct Ticket: Decodable, Sendable {
            var ticketId: String
            var seatId: String
            var qr: String
        }
        var orderId: String
        var status: String
        var reason: String?
        var total: Int64
        var tickets: [Ticket]
    }
    struct Payment: Decodable, Sendable {
        var status: String
        var amount: Int64
    }
    var order: Order?
    var payment: Payment?
}

/// What every error is, and what two of them say besides.
struct ErrorBody: Decodable, Sendable {
    var error: String
    var message: String
    /// Taken.
    var seatIds: [String]?
    var alternatives: [[String]]?
}
