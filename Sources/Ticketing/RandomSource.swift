internal import OpenSSLCrypto

/// Where unguessable bytes come from; a parameter, so that tests repeat.
public struct RandomSource: Sendable {
    private let draw: @Sendable (Int) -> [UInt8]

    /// `draw`: gives the asked-for count of bytes.
    public init(_ draw: @escaping @Sendable (_ count: Int) -> [UInt8]) { self.draw = draw }

    /// OpenSSL's cryptographic generator.
    public static let system = RandomSource { secureRandomBytes(count: $0) }

    public func bytes(_ count: Int) -> [UInt8] { draw(count) }

    /// "hold_" and 26 characters of base 32: 130 random bits.
    public func identifier(_ prefix: String) -> String { identifierText(prefix, draw(17)) }
}

/// "ord_" and 26 characters, the same for the same text: what is made again after a crash has the same name.
public func derivedIdentifier(_ prefix: String, from text: String) -> String {
    let hasher = SHA256()
    hasher.update(Array(text.utf8))
    return identifierText(prefix, hasher.finalize())
}

private func identifierText(_ prefix: String, _ bytes: [UInt8]) -> String {
    // Crockford's alphabet (https://www.crockford.com/base32.html), lower case: no i, l, o, u.
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    var text = Array(prefix.utf8) + [UInt8(ascii: "_")]
    var (buffer, bits) = (0, 0)
    var characters = 0
    for byte in bytes where characters < 26 {
        buffer = (buffer << 8 | Int(byte)) & 0xFFFF
        bits += 8
        while bits >= 5, characters < 26 {
            bits -= 5
            text.append(alphabet[buffer >> bits & 31])
            characters += 1
        }
    }
    return String(decoding: text, as: UTF8.self)
}
