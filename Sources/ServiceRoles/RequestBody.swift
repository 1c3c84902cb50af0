internal import Foundation
internal import HTTPServer
internal import NIOCore
internal import Ticketing

/// Decodes a JSON body; what is missing, empty, over-long or of a wrong type is named.
func decodeBody<Body: Decodable>(_ type: Body.Type, of request: HTTPRequest) throws -> Body {
    do {
        return try JSONDecoder().decode(Body.self, from: Data(request.body.readableBytesView))
    } catch let error as APIError {
        throw error
    } catch let error as DecodingError {
        if case .typeMismatch(_, let context) = error, context.codingPath.isEmpty {
            throw APIError.badRequest("the body is not a JSON object")
        }
        throw APIError.badRequest("the body is not JSON; send an object in UTF-8")
    }
}

extension KeyedDecodingContainer {
    /// An id: 1 to 128 characters, none of them a control character.
    func id(_ key: Key) throws -> String {
        let text = try field(String.self, key, "a text")
        try checkID(text, key.stringValue)
        return text
    }

    /// 1 to 10 seat ids, sorted, no seat twice.
    func seatIDs(_ key: Key) throws -> [String] {
        try selection(try SeatSelection(seatIDs: try field([String].self, key, "a list of texts")))
    }

    /// `seatIds`, or `seatId` alone.
    func seatIDs(_ many: Key, or one: Key) throws -> [String] {
        try selection(
            try SeatSelection(
                seatID: contains(one) ? try field(String.self, one, "a text") : nil,
                seatIDs: contains(many) ? try field([String].self, many, "a list of texts") : nil))
    }

    private func selection(_ selection: @autoclosure () throws -> SeatSelection) throws -> [String] {
        do {
            return try selection().seatIDs
        } catch let error as FieldError {
            throw APIError.badRequest("\(error)")
        }
    }

    /// Minor units, 0 to 2^53 - 1.
    func amount(_ key: Key) throws -> Int64 {
        let amount = try field(Int64.self, key, "a whole number")
        guard (0...9_007_199_254_740_991).contains(amount) else {
            throw APIError.badRequest("\(key.stringValue): it is not within 0 to 9007199254740991")
        }
        return amount
    }

    private func field<Value: Decodable>(_ type: Value.Type, _ key: Key, _ expected: String) throws -> Value {
        do {
            return try decode(Value.self, forKey: key)
        } catch DecodingError.keyNotFound {
            throw APIError.badRequest("\(key.stringValue): it is missing")
        } catch {
            // Not only DecodingError: a number that is no Int64 is an error of Foundation's own.
            throw APIError.badRequest("\(key.stringValue): \(expected) is expected")
        }
    }
}

/// - Throws: `APIError` naming `field` unless `text` can be an id.
func checkID(_ text: String, _ field: String) throws {
    do {
        try FieldError.check(text, field: field)
    } catch {
        throw APIError.badRequest("\(error)")
    }
}
