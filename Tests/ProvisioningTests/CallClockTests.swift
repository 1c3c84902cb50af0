import Testing

@testable import Provisioning

struct CallClockTests {
    @Test func callsSideBySideCountOnceAndOneAfterTheOtherAddUp() async throws {
        let clock = CallClock()
        let node = NodeID(region: "r", name: "n")
        Journal.$node.withValue(node) {
            clock.record(.seconds(10), isWrite: false)
            clock.record(.seconds(10), isWrite: true)
        }
        clock.record(.seconds(3), isWrite: true)
        let seconds = clock.take(node)
        #expect(abs(seconds - 10) < 0.5)
        #expect(clock.take(node) == 0)
        #expect(abs(clock.outsideSeconds - 3) < 0.1)
        #expect(clock.counts == (1, 2))
    }
}
