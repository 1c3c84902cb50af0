/// The seats that a request names: 1 to 10 ids, sorted, each once.
public struct SeatSelection: Sendable, Equatable {
    public let seatIDs: [String]

    /// `seatID` and `seatIDs`: the request's fields, of which exactly one is there.
    public init(seatID: String?, seatIDs: [String]?) throws(FieldError) {
        switch (seatID, seatIDs) {
        case (let seatID?, nil): try self.init(seatIDs: [seatID], field: "seatId")
        case (nil, let seatIDs?): try self.init(seatIDs: seatIDs)
        case (.some, .some): throw FieldError(field: "seatId, seatIds", reason: "send one of them, not both")
        case (nil, nil): throw FieldError(field: "seatId", reason: "it is missing (or send seatIds)")
        }
    }

    public init(seatIDs: [String], field: String = "seatIds") throws(FieldError) {
        guard (1...10).contains(seatIDs.count) else {
            throw FieldError(field: field, reason: "1 to 10 seats are expected, not \(seatIDs.count)")
        }
        for seatID in seatIDs { try FieldError.check(seatID, field: field) }
        self.seatIDs = Set(seatIDs).sorted()
    }
}

/// A field of a request that cannot be used.
public struct FieldError: Error, Sendable, Equatable, CustomStringConvertible {
    public var field: String
    public var reason: String

    public var description: String { "\(field): \(reason)" }

    /// - Throws: unless `text` can be an id: 1 to 128 characters, none of them a control character.
    public static func check(_ text: String, field: String) throws(FieldError) {
        guard !text.isEmpty else { throw FieldError(field: field, reason: "it is empty") }
        guard text.unicodeScalars.count <= 128 else {
            throw FieldError(field: field, reason: "it is longer than 128 characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw FieldError(field: field, reason: "it has a control character")
        }
    }
}
