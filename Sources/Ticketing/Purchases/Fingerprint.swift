internal import OpenSSLCrypto

/// What tells whether two requests under one idempotency key ask for the same: SHA-256 of their typed values, 64 hex
/// digits, so that spelling, order of fields and unknown fields do not count.
///
/// Hashed are the call's name, and then of each field, in the order of their names: name, count of values, values; each
/// as `<bytes>:<UTF-8>,`, so that no two requests give the same text. Seats are sorted by their bytes, each once.
public enum Fingerprint {
    public static func paymentIntent(userID: String, eventID: String, seatIDs: [String]) -> String {
        digest("payment-intent", [("eventId", [eventID]), ("seatIds", canonical(seatIDs)), ("userId", [userID])])
    }

    public static func commit(_ order: CommitOrder) -> String {
        digest(
            "commit",
            [
                ("eventId", [order.eventId]), ("intentId", [order.intentId]), ("seatIds", canonical(order.seatIds)),
                ("userId", [order.userId]),
            ])
    }

    private static func digest(_ call: String, _ fields: [(name: String, values: [String])]) -> String {
        var text: [UInt8] = []
        func append(_ item: String) { text += Array("\(item.utf8.count):\(item),".utf8) }
        append(call)
        for field in fields {
            append(field.name)
            append(String(field.values.count))
            for value in field.values { append(value) }
        }
        return SHA256.hex(text)
    }

    /// By bytes: Swift takes composed and decomposed letters for the same text.
    private static func canonical(_ seatIDs: [String]) -> [String] {
        let sorted = seatIDs.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return sorted.indices.filter { $0 == 0 || !sorted[$0].utf8.elementsEqual(sorted[$0 - 1].utf8) }
            .map { sorted[$0] }
    }
}
