/// Which names carry a secret; their values are written as "***".
public struct Redaction: Sendable {
    /// Words without case, "-", "_" and ".": a name that is one of them.
    private let exact: Set<[UInt8]>
    /// Words that make any name secret which has them inside.
    private let parts: [[UInt8]]

    public static let mark = "***"

    /// Credentials, bearer values, idempotency keys and bodies.
    public static let standard = Redaction(
        exact: ["body", "cookie", "setcookie", "idem", "qr", "signature", "xsignature", "apikey", "accesskey"],
        parts: ["authorization", "credential", "idempotencykey", "password", "secret", "token"])

    /// Names are compared without case, "-", "_" and ".".
    public init(exact: Set<String>, parts: [String]) {
        self.exact = Set(exact.map(Self.plain))
        self.parts = parts.map(Self.plain)
    }

    public func covers(_ name: String) -> Bool {
        let plain = Self.plain(name)
        return exact.contains(plain) || parts.contains { Self.contains(plain, $0) }
    }

    private static func plain(_ name: String) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(name.utf8.count)
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): plain.append(byte | 0x20)
            default: plain.append(byte)
            }
        }
        return plain
    }

    private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { start in
            word.indices.allSatisfy { text[start + $0] == word[$0] }
        }
    }
}
