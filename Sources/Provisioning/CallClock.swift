import Synchronization

/// Adds up the time the cloud took to answer, resource by resource: what a run's critical path is made of.
public final class CallClock: Sendable {
    private struct State {
        var reads = 0
        var writes = 0
        var seconds: [NodeID: Double] = [:]
        var outside = 0.0
    }

    private let state = Mutex(State())

    public init() {}

    /// Adds an API call and the time from sending it to its answer; the resource is the current task's.
    public func record(_ duration: Duration, isWrite: Bool) {
        state.withLock { if isWrite { $0.writes += 1 } else { $0.reads += 1 } }
        record(duration)
    }

    /// Adds time that something else than the API took, an upload to a registry.
    public func record(_ duration: Duration) {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        let node = Journal.node
        state.withLock { state in
            if let node { state.seconds[node, default: 0] += seconds } else { state.outside += seconds }
        }
    }

    public var counts: (reads: Int, writes: Int) { state.withLock { ($0.reads, $0.writes) } }

    /// The time of calls on behalf of no resource: identity and lock, one after the other before and after everything.
    var outsideSeconds: Double { state.withLock { $0.outside } }

    func take(_ node: NodeID) -> Double { state.withLock { $0.seconds.removeValue(forKey: node) ?? 0 } }
}
