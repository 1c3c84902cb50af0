/// One of the 16,384 parts of a cluster's key space
/// (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model).
enum KeySlot {
    static let count = 16_384

    /// CRC-16/XMODEM of the key, or of its hash tag: what stands between the first "{" and the next "}", if not empty.
    static func slot(of key: String) -> Int {
        let bytes = key.utf8
        guard let open = bytes.firstIndex(of: UInt8(ascii: "{")) else { return crc16(bytes) % count }
        let start = bytes.index(after: open)
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "}")), end != start else {
            return crc16(bytes) % count
        }
        return crc16(bytes[start..<end]) % count
    }

    /// nil: there is no key. Throws a message when the keys have different slots.
    static func slot(of keys: [String], target: String) throws(RedisError) -> Int? {
        guard let first = keys.first else { return nil }
        let slot = slot(of: first)
        for key in keys.dropFirst() where Self.slot(of: key) != slot {
            throw RedisError(
                kind: .configuration,
                message: "the keys of one command are in different slots of the cluster; give them one hash tag, "
                    + "as in room:{event-1}:serving",
                target: target)
        }
        return slot
    }

    private static func crc16(_ bytes: some Sequence<UInt8>) -> Int {
        Int(bytes.reduce(UInt16(0)) { ($0 << 8) ^ table[Int(UInt8($0 >> 8) ^ $1)] })
    }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : (crc << 1) ^ 0x1021 }
    }
}
