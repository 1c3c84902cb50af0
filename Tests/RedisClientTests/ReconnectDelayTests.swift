import TestSupport
import Testing

@testable import RedisClient

struct ReconnectDelayTests {
    @Test("the first try is at once, then pauses double within their jitter and stay under the maximum")
    func pauses() {
        var generator = SeededGenerator(seed: 7)
        var delay = ReconnectDelay(maximum: .milliseconds(400))
        #expect(delay.next(using: &generator) == .zero)
        for full in [25, 50, 100, 200, 400, 400, 400] {
            let pause = delay.next(using: &generator)
            #expect(pause >= .milliseconds(full) / 2 && pause <= .milliseconds(full), "\(full)")
        }
        for _ in 0..<1_000 { #expect(delay.next(using: &generator) <= .milliseconds(400)) }
        delay.reset()
        #expect(delay.next(using: &generator) == .zero)
    }

    @Test("clients do not come back in step")
    func jitter() {
        var generator = SeededGenerator(seed: 7)
        let pauses = (0..<20).map { _ in
            var delay = ReconnectDelay(maximum: .milliseconds(400))
            _ = delay.next(using: &generator)
            return delay.next(using: &generator)
        }
        #expect(Set(pauses).count > 10)
    }
}
