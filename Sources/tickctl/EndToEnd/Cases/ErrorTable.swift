/// The requests with bodies, and what each of their fields must not be.
enum ErrorTable {
    struct Call: Sendable {
        var path: String
        /// Name and kind, in the order in which they are checked.
        var fields: [(name: String, kind: Kind)]
        var needsTurn = false
        var needsKey = false
    }

    enum Kind: Sendable {
        case text, seats

        /// JSON of values that are refused.
        var wrong: [String] {
            let long = #""\#(String(repeating: "x", count: 129))""#
            let common = ["null", "7", "true", "{}", #""""#]
            switch self {
            case .text: return common + [long, #""a\u0007b""#, #"["a"]"#]
            case .seats:
                let many = "[" + (0..<11).map { #""s\#($0)""# }.joined(separator: ",") + "]"
                return common + ["[]", "[7]", #"[""]"#, "[\(long)]", #"["a\u0007b"]"#, "[null]", many, #""R1C1""#]
            }
        }

        var good: String {
            switch self {
            case .text: #""good""#
            case .seats: #"["R1C1"]"#
            }
        }
    }

    static let calls: [Call] = [
        Call(path: "/public/enter", fields: [("userId", .text), ("eventId", .text)]),
        Call(path: "/public/hold", fields: [("eventId", .text), ("seatIds", .seats)], needsTurn: true),
        Call(path: "/public/release", fields: [("eventId", .text), ("seatIds", .seats)], needsTurn: true),
        Call(
            path: "/confirm/payment-intent", fields: [("userId", .text), ("eventId", .text), ("seatIds", .seats)],
            needsKey: true),
        Call(
            path: "/confirm/commit",
            fields: [("intentId", .text), ("userId", .text), ("eventId", .text), ("seatIds", .seats)], needsKey: true),
    ]

    /// Bodies that are no JSON object.
    static let bodies: [[UInt8]] =
        ["", "{", "[]", "null", #""text""#, "7", String(repeating: "[", count: 5_000), #"{"userId":"a","eventId":"#]
        .map { Array($0.utf8) } + [[0xFF, 0xFE], [0]]
}
