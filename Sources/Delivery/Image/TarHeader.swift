/// The header blocks of one tar entry: POSIX ustar, with a pax extended header before it where ustar has no room
/// (IEEE Std 1003.1-2017, pax, "ustar Interchange Format" and "pax Extended Header").
struct TarHeader {
    enum Kind: UInt8 {
        case file = 0x30
        case hardLink = 0x31
        case symbolicLink = 0x32
        case directory = 0x35
        case paxHeader = 0x78
    }

    /// Relative, no leading slash; directories without a trailing one.
    var path: String
    var kind: Kind
    /// Permission bits, set-id and sticky bits included.
    var mode: Int
    /// User and group number.
    var owner = 0
    /// Bytes of content that follow; 0 for everything but files.
    var size = 0
    var linkTarget = ""
    /// Seconds since 1970, UTC.
    var modified: Int

    static let blockSize = 512
    /// What ends an archive: two blocks of zeros.
    static let end = [UInt8](repeating: 0, count: 2 * blockSize)

    /// The zeros that fill the last block of `size` bytes of content.
    static func padding(after size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (blockSize - size % blockSize) % blockSize)
    }

    /// A multiple of 512 bytes.
    var bytes: [UInt8] {
        let name = kind == .directory ? path + "/" : path
        var records: [UInt8] = []
        if name.utf8.count > 100 { records += Self.paxRecord("path", name) }
        if linkTarget.utf8.count > 100 { records += Self.paxRecord("linkpath", linkTarget) }
        if size > 0o77777777777 { records += Self.paxRecord("size", String(size)) }
        let block = ustarBlock(name: name, size: min(size, 0o77777777777))
        guard !records.isEmpty else { return block }
        let extended = TarHeader(path: "pax", kind: .paxHeader, mode: 0o644, size: records.count, modified: modified)
        return extended.ustarBlock(name: "pax", size: records.count) + records + Self.padding(after: records.count)
            + block
    }

    private func ustarBlock(name: String, size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { block[offset + index] = byte }
        }
        func putOctal(_ value: Int, at offset: Int, digits: Int) {
            let text = String(value, radix: 8)
            put(String(repeating: "0", count: digits - text.utf8.count).utf8, at: offset)
            put(text.utf8, at: offset + digits - text.utf8.count)
        }
        put(name.utf8.prefix(100), at: 0)
        putOctal(mode, at: 100, digits: 7)
        putOctal(owner, at: 108, digits: 7)
        putOctal(owner, at: 116, digits: 7)
        putOctal(size, at: 124, digits: 11)
        putOctal(modified, at: 136, digits: 11)
        put(repeatElement(0x20, count: 8), at: 148)
        block[156] = kind.rawValue
        put(linkTarget.utf8.prefix(100), at: 157)
        put("ustar".utf8, at: 257)
        put("00".utf8, at: 263)
        // The checksum counts its own field as spaces, then stands there as six digits, NUL, space.
        putOctal(block.reduce(0) { $0 + Int($1) }, at: 148, digits: 6)
        block[154] = 0
        return block
    }

    /// "LENGTH KEY=VALUE\n", where LENGTH counts itself.
    private static func paxRecord(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n".utf8.count
        var length = rest
        while String(length).utf8.count + rest != length { length = String(length).utf8.count + rest }
        return Array("\(length) \(key)=\(value)\n".utf8)
    }
}
