/// A block of IPv4 addresses (RFC 4632): "10.11.0.0/16".
public struct CIDR: Sendable, Hashable, CustomStringConvertible {
    /// The first address; the bits behind the prefix are zero.
    public let address: UInt32
    /// 0-32
    public let prefixLength: Int

    /// - Returns: nil unless `text` is four decimal numbers without leading zeros, a slash and a prefix length, with no
    ///   bit set behind the prefix.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Self.number(parts[1], upTo: 32) else { return nil }
        let octets = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard octets.count == 4 else { return nil }
        var address: UInt32 = 0
        for octet in octets {
            guard let value = Self.number(octet, upTo: 255) else { return nil }
            address = address << 8 | UInt32(value)
        }
        guard address & ~Self.mask(length) == 0 else { return nil }
        self.init(address: address, prefixLength: length)
    }

    private init(address: UInt32, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    public func contains(_ other: CIDR) -> Bool {
        prefixLength <= other.prefixLength && other.address & Self.mask(prefixLength) == address
    }

    public func overlaps(_ other: CIDR) -> Bool { contains(other) || other.contains(self) }

    /// The first `count` blocks of `prefixLength` in this one; nil when it does not hold so many.
    public func subdivided(into count: Int, prefixLength: Int) -> [CIDR]? {
        guard (self.prefixLength...32).contains(prefixLength), count >= 0,
            count <= 1 << (prefixLength - self.prefixLength)
        else { return nil }
        return (0..<count).map { index in
            CIDR(address: address + UInt32(index) << UInt32(32 - prefixLength), prefixLength: prefixLength)
        }
    }

    public var description: String {
        let octets = [24, 16, 8, 0].map { String(address >> UInt32($0) & 255) }
        return "\(octets.joined(separator: "."))/\(prefixLength)"
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~0 << UInt32(32 - length) }

    private static func number(_ text: Substring, upTo limit: Int) -> Int? {
        guard (1...3).contains(text.count), text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text),
            value <= limit, text == String(value)
        else { return nil }
        return value
    }
}
