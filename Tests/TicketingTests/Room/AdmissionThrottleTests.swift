import Testing
import Ticketing

@Suite struct AdmissionThrottleTests {
    private let throttle = AdmissionThrottle()

    private static let healthy = HotPathHealth(requests: 1_000, failures: 10, p95Milliseconds: 200)
    private static let slow = HotPathHealth(requests: 1_000, failures: 0, p95Milliseconds: 201)
    private static let failing = HotPathHealth(requests: 1_000, failures: 11, p95Milliseconds: 20)
    private static let few = HotPathHealth(requests: 19, failures: 19, p95Milliseconds: 9_000)

    @Test(
        arguments: [
            // previous, reports, next
            (1.0, [], 1.0), (0.5, [], 0.51), (0.5, [few], 0.51), (0.5, [healthy], 0.55), (0.98, [healthy], 1.0),
            (1.0, [slow], 0.7), (1.0, [failing], 0.7), (0.5, [slow, slow, failing], 0.35),
            // The floor, from which recovery can be seen.
            (0.06, [slow], 0.05), (0.05, [slow], 0.05), (0.05, [healthy], 0.1), (0, [], 0.05), (-3, [slow], 0.05),
            // A stored number that is none.
            (.nan, [], 0.06), (.infinity, [healthy], 0.1),
            // Half of the requests decide about slowness, all of them about failures.
            (1.0, [slow, healthy], 1.0), (1.0, [slow, slow, healthy], 0.7), (0.5, [failing, healthy], 0.35),
            (0.5, [failing, .init(requests: 2_000, failures: 0, p95Milliseconds: 20)], 0.55),
            (0.5, [.init(requests: 0, failures: 500, p95Milliseconds: 9_000), healthy], 0.55),
            (0.5, [.init(requests: 100, failures: 0, p95Milliseconds: .nan)], 0.35),
            (
                0.5,
                [
                    .init(requests: .max, failures: .max, p95Milliseconds: 1),
                    .init(requests: .max, failures: -1, p95Milliseconds: 1),
                ], 0.35
            ),
        ] as [(Double, [HotPathHealth], Double)])
    func `it falls by a factor and climbs by steps`(previous: Double, reports: [HotPathHealth], next: Double) {
        #expect(abs(throttle.next(after: previous, reports: reports) - next) < 1e-9)
    }

    @Test func `a stopped hot path recovers to the whole rate`() {
        var value = 1.0
        for _ in 0..<100 { value = throttle.next(after: value, reports: [Self.slow]) }
        #expect(value == 0.05)
        var steps = 0
        while value < 1, steps < 1_000 {
            value = throttle.next(after: value, reports: [Self.healthy])
            steps += 1
        }
        #expect(steps == 19)
    }
}
