import LoadTest

extension LatencyHistogram.Bins {
    /// The bins of some durations in microseconds.
    init(_ microseconds: some Sequence<UInt32>) {
        var histogram = LatencyHistogram()
        for value in microseconds { histogram.record(UInt64(value)) }
        self = histogram.bins
    }
}
