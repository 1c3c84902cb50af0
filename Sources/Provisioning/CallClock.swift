import Synchronization

/// Adds up, for each resource, the time the cloud took to answer its calls: what a run's critical path is made of.
public final class CallClock: Sendable {
    private let seconds = Mutex<[NodeID: Double]>([:])
    private let calls = Mutex<(reads: Int, writes: Int)>((0, 0))

    public init() {}

    /// Called for every call with the time from sending to its answer; the resource is the current task's.
    public func record(_ duration: Duration, isWrite: Bool) {
        calls.withLock { if isWrite { $0.writes += 1 } else { $0.reads += 1 } }
        guard let node = Journal.node else { return }
        let (whole, fraction) = duration.components
        seconds.withLock { $0[node, default: 0] += Double(whole) + Double(fraction) / 1e18 }
    }

    public var counts: (reads: Int, writes: Int) { calls.withLock { $0 } }

    func take(_ node: NodeID) -> Double { seconds.withLock { $0.removeValue(forKey: node) ?? 0 } }
}
