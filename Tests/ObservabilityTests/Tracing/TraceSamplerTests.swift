import Dispatch
import Observability
import Synchronization
import Testing

@Suite struct TraceSamplerTests {
    @Test func theFirstOfEachSecondIsSampled() {
        let sampler = TraceSampler(reservoir: 1, rate: 0, seed: 1)
        let seconds: [UInt64] = [
            1_700_000_000, 1_700_000_000, 1_700_000_001, 1_700_000_001, 1_700_000_001, 1_700_000_009,
        ]
        #expect(seconds.map { sampler.isSampled(atSecond: $0) } == [true, false, true, false, false, true])
    }

    @Test func theRestIsSampledAtItsRateAndRepeatsWithTheSeed() {
        func decisions(_ seed: UInt64) -> [Bool] {
            let sampler = TraceSampler(reservoir: 1, rate: 0.05, seed: seed)
            return (0..<100_000).map { _ in sampler.isSampled(atSecond: 7) }
        }
        let sampled = decisions(42).count { $0 }
        // 5 % of 100,000 with six standard deviations of 69.
        #expect((4_586...5_414).contains(sampled - 1))
        #expect(decisions(42) == decisions(42))
        #expect(decisions(42) != decisions(43))
    }

    @Test func theEndsOfTheRate() {
        #expect((0..<1_000).allSatisfy { TraceSampler(reservoir: 0, rate: 1, seed: $0).isSampled(atSecond: 1) })
        let never = TraceSampler.never()
        #expect((0..<1_000).allSatisfy { !never.isSampled(atSecond: $0) })
        for rate in [Double.nan, -1, 2, .infinity] { _ = TraceSampler(rate: rate).isSampled(atSecond: .max) }
    }

    @Test func theReservoirHoldsAmongThreads() {
        let sampler = TraceSampler(reservoir: 100, rate: 0, seed: 1)
        let sampled = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<10_000 where sampler.isSampled(atSecond: 5) { sampled.wrappingAdd(1, ordering: .relaxed) }
        }
        #expect(sampled.load(ordering: .relaxed) == 100)
    }
}
