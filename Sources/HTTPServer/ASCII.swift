#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A set of ASCII characters as two words: a test costs no memory access.
struct ASCIISet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte < 0x80 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
    }

    /// RFC 9110, section 5.6.2: letters, digits and "!#$%&'*+-.^_`|~".
    static var token: ASCIISet { ASCIISet(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }
    /// Visible ASCII but "#", which starts a fragment and is never sent. What RFC 3986 wants encoded and browsers send
    /// bare ("|", "{", "^", ...) means the same to everybody, so it is let through.
    static var target: ASCIISet { ASCIISet(low: 0xFFFF_FFF6_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF) }
    /// RFC 3986, section 3.2.2 and 3.2.3, without the comma, by which two Host lines would have been joined.
    static var host: ASCIISet { ASCIISet(low: 0x2FFF_6FF2_0000_0000, high: 0x47FF_FFFE_AFFF_FFFE) }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let one = baseAddress, let other = other.baseAddress else { return count == 0 }
        return memcmp(one, other, count) == 0
    }

    /// Whether these bytes are `lowercase`, ASCII letters in any case. `lowercase` has letters, digits and "-" only.
    @inline(__always)
    func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { expected in
            for index in 0..<count where self[index] != expected[index] && self[index] | 0x20 != expected[index] {
                return false
            }
            return true
        }
    }

    /// Without spaces and tabs at both ends.
    var trimmed: UnsafeRawBufferPointer {
        var range = startIndex..<endIndex
        while let first = range.first, self[first] == 0x20 || self[first] == 0x09 { range.removeFirst() }
        while let last = range.last, self[last] == 0x20 || self[last] == 0x09 { range.removeLast() }
        return UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// Whether each byte may stand in a header value: visible, space, tab or above ASCII (RFC 9110, section 5.5).
    var isFieldContent: Bool {
        var index = 0
        while index &+ 8 <= count {
            let word = loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // A byte below 0x20, or 0x7F: the classic "has less" over eight bytes at once.
            let high: UInt64 = 0x8080_8080_8080_8080
            let isLow = (word &- 0x2020_2020_2020_2020) & ~word & high
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete & high
            if isLow | isDelete != 0, !Self.isFieldContent(self[index..<(index + 8)]) { return false }
            index &+= 8
        }
        return Self.isFieldContent(self[index...])
    }

    /// Whether the eight bytes from `index` on are of `ASCIISet.target`, none of them "%" or "?". Says no of some that are.
    @inline(__always)
    func isPlainTarget(at index: Int) -> Bool {
        let word = loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let ones: UInt64 = 0x0101_0101_0101_0101
        /// A high bit for each byte of zero (and perhaps for those above one).
        func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        let isLow = (word &- 0x21 &* ones) & ~word
        let others =
            zeros(word ^ 0x23 &* ones) | zeros(word ^ 0x25 &* ones) | zeros(word ^ 0x3F &* ones)
            | zeros(word ^ 0x7F &* ones)
        return (word | isLow | others) & (0x80 &* ones) == 0
    }

    private static func isFieldContent(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        bytes.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}

/// The value of a hexadecimal digit.
@inline(__always)
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
    default: nil
    }
}

/// Undoes percent-encoding (RFC 3986, section 2.1). What is no UTF-8 becomes U+FFFD; a "%" without two digits stays.
func percentDecoded(_ bytes: UnsafeRawBufferPointer, plusIsSpace: Bool = false) -> String {
    guard bytes.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else {
        return String(decoding: bytes, as: UTF8.self)
    }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        if byte == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexValue(bytes[index + 1]),
            let low = hexValue(bytes[index + 2])
        {
            decoded.append(high << 4 | low)
            index += 3
        } else {
            decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            index += 1
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}
