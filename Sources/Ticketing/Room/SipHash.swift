/// SipHash-2-4 of 64-bit messages (https://www.aumasson.jp/siphash/siphash.pdf): a keyed function fast enough for every
/// poll, and the same everywhere, unlike Swift's `Hasher`.
struct SipHash: Sendable {
    private let first: UInt64
    private let second: UInt64

    /// The first 16 bytes of `key`, little-endian.
    init(key: [UInt8]) {
        func word(_ start: Int) -> UInt64 { key[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        first = word(0)
        second = word(8)
    }

    /// The hash of the 8 bytes of `message`, little-endian.
    func value(_ message: UInt64) -> UInt64 {
        var state = State(
            a: first ^ 0x736f_6d65_7073_6575, b: second ^ 0x646f_7261_6e64_6f6d, c: first ^ 0x6c79_6765_6e65_7261,
            d: second ^ 0x7465_6462_7974_6573)
        // The last block is the length alone.
        for block in [message, 8 << 56] {
            state.d ^= block
            state.round()
            state.round()
            state.a ^= block
        }
        state.c ^= 0xFF
        for _ in 0..<4 { state.round() }
        return state.a ^ state.b ^ state.c ^ state.d
    }

    private struct State {
        var a, b, c, d: UInt64

        mutating func round() {
            a &+= b
            c &+= d
            b = (b << 13 | b >> 51) ^ a
            d = (d << 16 | d >> 48) ^ c
            a = a << 32 | a >> 32
            c &+= b
            a &+= d
            b = (b << 17 | b >> 47) ^ c
            d = (d << 21 | d >> 43) ^ a
            c = c << 32 | c >> 32
        }
    }
}
