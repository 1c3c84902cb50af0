import TestSupport
import Ticketing

/// What many tests need the same of.
enum Sample {
    static let key: [UInt8] = Array(0..<32)
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    static func seed(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// The same draws for the same seed.
    static func random(_ seed: UInt64) -> RandomSource {
        let draws = Draws(generator: SeededGenerator(seed: seed))
        return RandomSource { count in draws.bytes(count) }
    }
}
