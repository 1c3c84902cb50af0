/// The value of an `Idempotency-Key` header (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/).
///
/// 8 to 255 visible ASCII characters, bare or as a string of a structured field (RFC 8941, section 3.3.3); both spell
/// the same key. No key begins with a quotation mark, so that a key is read again as itself.
public struct IdempotencyKey: Sendable, Hashable {
    /// The key itself, without quotes and escapes.
    public let text: String

    public init(header: String) throws(IdempotencyKeyError) {
        let quote = UInt8(ascii: "\"")
        var bytes = header.utf8.drop(while: Self.isBlank)
        while let last = bytes.last, Self.isBlank(last) { bytes.removeLast() }
        // Twice as long at most, if every character is escaped.
        guard bytes.count <= 2 * Self.lengths.upperBound + 2 else { throw .length }
        let key = bytes.first == quote ? try Self.unquoted(bytes) : Array(bytes)
        guard key.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .character }
        guard key.first != quote else { throw .quoting }
        guard Self.lengths.contains(key.count) else { throw .length }
        text = String(decoding: key, as: UTF8.self)
    }

    private static let lengths = 8...255

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// What stands between the quotes; only quotes and backslashes are escaped, and nothing follows.
    private static func unquoted(_ bytes: Substring.UTF8View) throws(IdempotencyKeyError) -> [UInt8] {
        let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
        guard bytes.count >= 2, bytes.last == quote else { throw .quoting }
        var key: [UInt8] = []
        var isEscaped = false
        for byte in bytes.dropFirst().dropLast() {
            if isEscaped {
                guard byte == quote || byte == backslash else { throw .quoting }
                key.append(byte)
                isEscaped = false
            } else if byte == backslash {
                isEscaped = true
            } else {
                guard byte != quote else { throw .quoting }
                key.append(byte)
            }
        }
        // Else the last quote was itself escaped.
        guard !isEscaped else { throw .quoting }
        return key
    }
}

/// Why a text is no idempotency key.
public enum IdempotencyKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    case length
    case character
    case quoting

    public var description: String {
        switch self {
        case .length: "it is not 8 to 255 characters long"
        case .character: "it has a character that is not visible ASCII"
        case .quoting: "its quotes do not match, or it escapes other than a quote or a backslash"
        }
    }
}
