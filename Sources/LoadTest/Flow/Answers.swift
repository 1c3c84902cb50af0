internal import Foundation
internal import NIOCore

/// The bodies of the contract, as far as a buyer reads them.
enum Answers {
    struct Place: Decodable { var roomToken: String }
    struct Standing: Decodable { var ready: Bool }
    struct Hold: Decodable { var holdId: String }
    struct Conflict: Decodable { var alternatives: [[String]]? }
    struct Intent: Decodable {
        var intentId: String
        var amount: Int64
    }
    struct Accepted: Decodable {
        var accepted: Bool
        var idem: String
    }
    struct Status: Decodable {
        struct Order: Decodable {
            struct Ticket: Decodable { var ticketId: String }
            var status: String
            var reason: String?
            var tickets: [Ticket]?
        }
        var order: Order?
    }
    struct Summary: Decodable {
        var event: String
        var section: String
        var seatsAvailable: Int
    }
    struct Released: Decodable { var released: Bool }

    /// nil: the body is not of this shape.
    static func decode<Value: Decodable>(_ body: ByteBuffer) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(body.readableBytesView))
    }
}
