internal import Histogram

/// Durations in microseconds at three digits: an HdrHistogram (http://hdrhistogram.org) of fixed size, about 190 kB.
///
/// Two are merged bin by bin, so that the merged one is exactly that of all values recorded in one.
public struct LatencyHistogram: Sendable {
    /// One hour; a longer duration counts as this.
    public static let mostMicroseconds: UInt64 = 3_600_000_000

    fileprivate static let empty = Histogram<UInt64>(highestTrackableValue: mostMicroseconds)

    private var histogram = empty
    /// Not rounded to a bin.
    public private(set) var maximum: UInt64 = 0
    private var sum: UInt64 = 0

    public init() {}

    public var count: UInt64 { histogram.totalCount }
    public var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

    /// One past `mostMicroseconds` counts as that.
    public mutating func record(_ microseconds: UInt64) {
        let value = min(microseconds, Self.mostMicroseconds)
        _ = histogram.record(value)
        maximum = max(maximum, value)
        sum &+= value
    }

    /// Exact: the result is that of one histogram of all values.
    public mutating func merge(_ bins: Bins) {
        for (index, (value, count)) in zip(bins.values, bins.counts).enumerated() where count > 0 {
            // The last bin is that of the maximum, which the highest percentiles are cut off at.
            let value = index == bins.values.count - 1 ? max(value, bins.maximum) : value
            _ = histogram.record(min(value, Self.mostMicroseconds), count: count)
        }
        maximum = max(maximum, bins.maximum)
        sum &+= bins.sum
    }

    /// Exact, as of bins.
    public mutating func merge(_ other: LatencyHistogram) {
        histogram.add(other.histogram)
        maximum = max(maximum, other.maximum)
        sum &+= other.sum
    }

    /// Microseconds that `percent` of the values do not exceed, within 0.1 %; 0 when there are none.
    public func percentile(_ percent: Double) -> UInt64 {
        count == 0 ? 0 : min(histogram.valueAtPercentile(percent), maximum)
    }

    /// How many values are at most `microseconds`, within a bin.
    public func count(atMost microseconds: UInt64) -> UInt64 {
        count == 0 ? 0 : histogram.count(within: 0...min(microseconds, Self.mostMicroseconds))
    }

    public var bins: Bins {
        var bins = Bins()
        for value in histogram.recordedValues() {
            bins.values.append(histogram.lowestEquivalentForValue(value.value))
            bins.counts.append(value.count)
        }
        bins.maximum = maximum
        bins.sum = sum
        return bins
    }

    /// What a histogram holds, without its empty bins: how it travels and how it is kept over time.
    public struct Bins: Codable, Sendable, Equatable {
        /// The lowest microsecond of each bin, ascending.
        public var values: [UInt64] = []
        public var counts: [UInt64] = []
        public var maximum: UInt64 = 0
        public var sum: UInt64 = 0

        public init() {}

        public var count: UInt64 { counts.reduce(0, &+) }

        /// Microseconds that `percent` of the values do not exceed, within 0.1 %; 0 when there are none. That of the
        /// histogram, which is 23,000 bins to go through: this is asked for every second while a generator is at work.
        public func percentile(_ percent: Double) -> UInt64 {
            let needed = max(1, UInt64((percent.nextDown / 100 * Double(count)).rounded(.up)))
            var passed: UInt64 = 0
            for (value, count) in zip(values, counts) {
                passed &+= count
                if passed >= needed { return min(LatencyHistogram.empty.highestEquivalentForValue(value), maximum) }
            }
            return maximum
        }
    }
}
