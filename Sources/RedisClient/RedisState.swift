import Synchronization

/// What a client can reach at this moment, for readiness and for operators.
public struct RedisState: Sendable {
    public struct Node: Sendable {
        /// "host:port".
        public var address: String
        /// On every event loop.
        public var isConnected: Bool
        public var since: ContinuousClock.Instant
        /// Why it is not connected.
        public var failure: RedisError?
    }

    /// Every command can be sent: the node, or in a cluster a primary for each slot, is connected on every event loop.
    public var isReady: Bool
    /// The nodes that are in use, by address.
    public var nodes: [Node]
}

/// What the routers of all event loops report.
final class StateBoard: Sendable {
    struct Entry: Sendable {
        var isConnected: Bool
        var since: ContinuousClock.Instant
        var failure: RedisError?
    }

    private struct Loop {
        var isReady = false
        var nodes: [NodeAddress: Entry] = [:]
    }

    private let loops: Mutex<[Loop]>

    init(loops count: Int) {
        loops = Mutex(Array(repeating: Loop(), count: count))
    }

    func report(loop: Int, isReady: Bool, nodes: [NodeAddress: Entry]) {
        loops.withLock { $0[loop] = Loop(isReady: isReady, nodes: nodes) }
    }

    var state: RedisState {
        let loops = loops.withLock { $0 }
        var nodes: [String: RedisState.Node] = [:]
        for (address, entry) in loops.flatMap(\.nodes) {
            let name = address.description
            let node = RedisState.Node(
                address: name, isConnected: entry.isConnected, since: entry.since, failure: entry.failure)
            guard let other = nodes[name] else {
                nodes[name] = node
                continue
            }
            // A loop without a session outweighs one that has it; among equals the latest change counts.
            if other.isConnected == entry.isConnected ? other.since < entry.since : other.isConnected {
                nodes[name] = node
            }
        }
        return RedisState(
            isReady: loops.allSatisfy(\.isReady), nodes: nodes.values.sorted { $0.address < $1.address })
    }
}
