import Synchronization

/// Notes when the cloud was asked and when it answered, resource by resource: what a run's critical path is made of.
public final class CallClock: Sendable {
    private struct State {
        var reads = 0
        var writes = 0
        /// By resource; nil: on behalf of none.
        var spans: [NodeID?: [Range<ContinuousClock.Instant>]] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    /// Adds an API call that was answered just now, after `duration`; the resource is the current task's.
    public func record(_ duration: Duration, isWrite: Bool) {
        state.withLock { if isWrite { $0.writes += 1 } else { $0.reads += 1 } }
        record(duration)
    }

    /// Adds time until now that something else than the API took, an upload to a registry.
    public func record(_ duration: Duration) {
        let (node, now) = (Journal.node, ContinuousClock.now)
        let span = now.advanced(by: .zero - duration)..<now
        state.withLock { $0.spans[node, default: []].append(span) }
    }

    public var counts: (reads: Int, writes: Int) { state.withLock { ($0.reads, $0.writes) } }

    /// Seconds in which calls on behalf of no resource were open: identity and lock, before and after everything.
    var outsideSeconds: Double { Self.covered(state.withLock { $0.spans[nil] ?? [] }) }

    /// Seconds in which calls on behalf of `node` were open since this was last asked; calls side by side count once.
    func take(_ node: NodeID) -> Double {
        Self.covered(state.withLock { $0.spans.removeValue(forKey: node) ?? [] })
    }

    private static func covered(_ spans: [Range<ContinuousClock.Instant>]) -> Double {
        var total = Duration.zero
        var end: ContinuousClock.Instant?
        for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let start = end.map { max($0, span.lowerBound) } ?? span.lowerBound
            if start < span.upperBound { total += start.duration(to: span.upperBound) }
            end = end.map { max($0, span.upperBound) } ?? span.upperBound
        }
        return Double(total.components.seconds) + Double(total.components.attoseconds) / 1e18
    }
}
