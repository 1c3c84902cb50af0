import Synchronization
import TestSupport

/// A generator that several callers draw from.
final class Draws: Sendable {
    private let generator: Mutex<SeededGenerator>

    init(generator: SeededGenerator) { self.generator = Mutex(generator) }

    func bytes(_ count: Int) -> [UInt8] {
        generator.withLock { generator in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }
    }
}
