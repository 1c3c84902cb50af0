internal import OpenSSLCrypto

/// The order that a seed draws for those who entered before the doors opened: a permutation of 0 ..< entrants, each of
/// its values and of its inverse's computed by itself, in constant memory.
///
/// Commit and reveal: `commitment` (SHA-256 of the seed) is published before anybody enters and the seed after the draw,
/// so that anybody can compute the same order.
///
/// It is a Feistel network of 12 rounds over the smallest even number of bits that hold `entrants` (at least 6), applied
/// again while its value is no entrant (cycle walking; Black and Rogaway, "Ciphers with arbitrary finite domains",
/// 2002). Round i maps (left, right) to (right, left xor F(i << 48 | right)), where F is SipHash-2-4 under the first 16
/// bytes of HMAC-SHA-256(seed, "lottery 1\n" entrants), cut to its low bits.
public struct LotteryDraw: Sendable {
    public let entrants: Int64
    private let hash: SipHash
    private let halfBits: UInt64

    private static let rounds: UInt64 = 12
    public static let seedBytes = 32
    static let mostEntrants: Int64 = 1 << 40

    /// `seed`: 64 hex digits. nil for another seed, or for entrants not within 0 to 2^40.
    public init?(seed: String, entrants: Int64) {
        guard let seed = bytes(hexadecimal: seed.utf8), seed.count == Self.seedBytes,
            (0...Self.mostEntrants).contains(entrants)
        else { return nil }
        self.entrants = entrants
        hash = SipHash(key: hmacSHA256(key: seed, Array("lottery 1\n\(entrants)".utf8)))
        let bits = UInt64(64 - max(entrants - 1, 1).leadingZeroBitCount)
        halfBits = max(3, (bits + 1) / 2)
    }

    /// SHA-256 of a seed, 64 hex digits.
    public static func commitment(seed: [UInt8]) -> String { SHA256.hex(seed) }

    /// The draw that was committed to.
    /// - Throws: `LotteryError`.
    public static func verify(
        commitment: String, seed: String, entrants: Int64
    ) throws(LotteryError) -> LotteryDraw {
        guard let draw = LotteryDraw(seed: seed, entrants: entrants), let bytes = bytes(hexadecimal: seed.utf8) else {
            throw .malformed
        }
        guard Self.commitment(seed: bytes) == commitment.lowercased() else { throw .otherSeed }
        return draw
    }

    /// How many are admitted before `entrant`, a number of 0 ..< `entrants`.
    public func position(of entrant: Int64) -> Int64 { walk(from: entrant, encrypt) }

    /// Who is admitted after `position` others: the inverse of `position(of:)`.
    public func entrant(at position: Int64) -> Int64 { walk(from: position, decrypt) }

    /// The entrants in the order of their admission, computed as it is read.
    public var order: some Sequence<Int64> { (0..<entrants).lazy.map(entrant(at:)) }

    private func walk(from start: Int64, _ step: (UInt64) -> UInt64) -> Int64 {
        precondition((0..<entrants).contains(start), "not an entrant of this draw")
        var value = step(UInt64(start))
        while value >= UInt64(entrants) { value = step(value) }
        return Int64(value)
    }

    private var mask: UInt64 { (1 << halfBits) - 1 }

    private func encrypt(_ value: UInt64) -> UInt64 {
        var (left, right) = (value >> halfBits, value & mask)
        for round in 0..<Self.rounds {
            (left, right) = (right, left ^ (hash.value(round << 48 | right) & mask))
        }
        return left << halfBits | right
    }

    private func decrypt(_ value: UInt64) -> UInt64 {
        var (left, right) = (value >> halfBits, value & mask)
        for round in (0..<Self.rounds).reversed() {
            (left, right) = (right ^ (hash.value(round << 48 | left) & mask), left)
        }
        return left << halfBits | right
    }
}

/// Why an order is not the one that was committed to.
public enum LotteryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The seed is not 64 hex digits, or the count of entrants is none.
    case malformed
    /// The seed's SHA-256 is not the commitment.
    case otherSeed

    public var description: String {
        switch self {
        case .malformed: "lottery: the seed is not 64 hex digits, or the entrants are not within 0 to 2^40"
        case .otherSeed: "lottery: the seed's SHA-256 is not the commitment that was published before the draw"
        }
    }
}

extension RoomState.Lottery {
    /// `seed`: 32 unguessable bytes.
    public init(seed: [UInt8]) {
        self.init(commitment: LotteryDraw.commitment(seed: seed), seed: hexadecimal(seed))
    }
}
