internal import Synchronization

/// Which traces that begin here are recorded, and the identifiers of traces and segments.
///
/// The first `reservoir` of each second, and `rate` of the rest. Lock-free. The same seed and the same times give the
/// same answers and identifiers.
public final class TraceSampler: Sendable {
    private let reservoir: UInt64
    /// A draw below it is sampled; nil: all are.
    private let threshold: UInt64?
    /// The second (upper 44 bits) and how many of it came from the reservoir (lower 20).
    private let taken = Atomic<UInt64>(0)
    private let random: Atomic<UInt64>

    /// - Parameters:
    ///   - reservoir: traces a second, 0 to 1,000,000.
    ///   - rate: 0 to 1.
    public init(
        reservoir: Int = 1, rate: Double = 0.05, seed: UInt64 = .random(in: .min ... .max)
    ) {
        self.reservoir = UInt64(min(max(0, reservoir), 1_000_000))
        threshold = rate >= 1 ? nil : UInt64(max(0, rate.isNaN ? 0 : rate) * 0x1p64)
        random = Atomic(seed)
    }

    /// Records nothing.
    public static func never() -> TraceSampler { TraceSampler(reservoir: 0, rate: 0) }

    public func isSampled(atSecond second: UInt64) -> Bool {
        if reservoir > 0, takeFromReservoir(second) { return true }
        guard let threshold else { return true }
        return threshold > 0 && next() < threshold
    }

    func makeTraceID(atSecond second: UInt64) -> TraceID {
        TraceID(
            epochSeconds: UInt32(truncatingIfNeeded: second), high: UInt32(truncatingIfNeeded: next()), low: next())
    }

    func makeSegmentID() -> SegmentID { SegmentID(next()) }

    private func takeFromReservoir(_ second: UInt64) -> Bool {
        var old = taken.load(ordering: .relaxed)
        while true {
            let used = old >> 20 == second & 0xFFF_FFFF_FFFF ? old & 0xF_FFFF : 0
            guard used < reservoir else { return false }
            let new = second << 20 | (used + 1)
            let (exchanged, seen) = taken.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return true }
            old = seen
        }
    }

    /// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): identifiers have to be unique, not secret.
    private func next() -> UInt64 {
        var mixed = random.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
