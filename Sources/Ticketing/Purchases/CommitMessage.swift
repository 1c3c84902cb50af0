internal import Foundation
internal import OpenSSLCrypto

/// The queue's message: `{"type":"COMMIT_ORDER","payload":{...},"idem":"..."}`.
public struct CommitMessage: Sendable, Equatable {
    public var idem: String
    public var order: CommitOrder
    /// Travels beside the body (SQS: message system attribute `AWSTraceHeader`).
    public var traceHeader: String?

    public init(idem: String, order: CommitOrder, traceHeader: String? = nil) {
        self.idem = idem
        self.order = order
        self.traceHeader = traceHeader
    }

    /// Messages of a group are handled in order; 1,024 groups: "g-0" to "g-1023", by the order's id.
    public var groupID: String { "g-\(stableHash(orderID(idem: idem)) % 1_024)" }

    /// SHA-256 of the key, 64 hex digits.
    public var deduplicationID: String { SHA256.hex(idem) }

    private struct Body: Codable {
        var type: String
        var payload: CommitOrder
        var idem: String
    }

    /// JSON with sorted keys: the same message has the same bytes.
    public var body: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = Body(type: "COMMIT_ORDER", payload: order, idem: idem)
        // Strings and lists of strings only: nothing that could fail to encode.
        return (try? encoder.encode(body)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// - Throws: `MessageError` for anything that is not a message of this shape.
    public init(body text: String, traceHeader: String? = nil) throws(MessageError) {
        let body: Body
        do {
            body = try JSONDecoder().decode(Body.self, from: Data(text.utf8))
        } catch {
            throw MessageError(reason: "it is not of the shape {type, payload, idem}")
        }
        guard body.type == "COMMIT_ORDER" else { throw MessageError(reason: "its type is not COMMIT_ORDER") }
        guard (8...255).contains(body.idem.utf8.count) else { throw MessageError(reason: "its idem is unusable") }
        guard (1...10).contains(body.payload.seatIds.count),
            Set(body.payload.seatIds).count == body.payload.seatIds.count
        else { throw MessageError(reason: "its seatIds are not 1 to 10 different seats") }
        self.init(idem: body.idem, order: body.payload, traceHeader: traceHeader)
    }
}

/// A queue message that can never be handled.
public struct MessageError: Error, Sendable, Equatable, CustomStringConvertible {
    public var reason: String
    public var description: String { "the message is unusable: \(reason)" }
}

/// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same in every process, unlike Swift's hash.
public func stableHash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}
