internal import Synchronization
internal import Ticketing

/// Latencies and failures of the hot path since they were last taken, in constant memory.
final class HotPathWindow: Sendable {
    private struct State {
        var requests = 0
        var failures = 0
        var counts = Array(repeating: 0, count: HotPathWindow.bounds.count + 1)
    }

    /// Milliseconds: upper ends of the buckets.
    private static let bounds: [Double] = [5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 1_000, 2_000, 5_000]

    private let state = Mutex(State())

    func record(milliseconds: Double, isFailure: Bool) {
        let bucket = Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.requests += 1
            if isFailure { state.failures += 1 }
            state.counts[bucket] += 1
        }
    }

    /// What came since the last call; the p95 is the upper end of its bucket.
    func take() -> HotPathHealth {
        let taken = state.withLock { state in
            defer { state = State() }
            return state
        }
        var below = 0
        var p95 = 0.0
        for (bucket, count) in taken.counts.enumerated() {
            below += count
            if taken.requests > 0, Double(below) >= Double(taken.requests) * 0.95 {
                p95 = bucket < Self.bounds.count ? Self.bounds[bucket] : 10_000
                break
            }
        }
        return HotPathHealth(requests: taken.requests, failures: taken.failures, p95Milliseconds: p95)
    }
}
