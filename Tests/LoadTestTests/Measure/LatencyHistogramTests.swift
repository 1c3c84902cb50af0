import TestSupport
import Testing

@testable import LoadTest

@Suite struct LatencyHistogramTests {
    /// Durations between a microsecond and a minute, of every magnitude.
    private static func durations(_ count: Int, seed: UInt64) -> [UInt32] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let magnitude = UInt32.random(in: 1...26, using: &generator)
            return UInt32.random(in: 1...(1 << magnitude), using: &generator)
        }
    }

    @Test(arguments: [1, 2, 7])
    func `histograms merged bin by bin are exactly that of one run`(parts: Int) {
        let values = Self.durations(50_000, seed: 42)
        var whole = LatencyHistogram()
        for value in values { whole.record(UInt64(value)) }
        var merged = LatencyHistogram()
        for part in 0..<parts {
            merged.merge(LatencyHistogram.Bins(values.enumerated().filter { $0.offset % parts == part }.map(\.element)))
        }
        #expect(merged.bins == whole.bins)
        for percent in [50, 90, 99, 99.9, 99.99, 100] {
            #expect(merged.percentile(percent) == whole.percentile(percent))
            #expect(whole.bins.percentile(percent) == whole.percentile(percent))
        }
        #expect(merged.mean == whole.mean)
    }

    @Test func `percentiles are those of the sorted values within 0.1 percent`() {
        let values = Self.durations(20_000, seed: 7)
        var histogram = LatencyHistogram()
        for value in values { histogram.record(UInt64(value)) }
        let sorted = values.sorted()
        for percent in [1.0, 25, 50, 75, 90, 95, 99, 99.9] {
            let exact = Double(sorted[Int((percent / 100 * Double(sorted.count)).rounded(.up)) - 1])
            #expect(abs(Double(histogram.percentile(percent)) - exact) <= max(1, exact / 1_000), "p\(percent)")
        }
        #expect(histogram.maximum == UInt64(sorted.last ?? 0))
    }

    @Test func `a duration past an hour counts as an hour`() {
        var histogram = LatencyHistogram()
        histogram.record(.max)
        #expect(histogram.count == 1)
        #expect(histogram.percentile(100) == LatencyHistogram.mostMicroseconds)
    }
}
