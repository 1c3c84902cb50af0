internal import Synchronization
internal import Ticketing

/// Bounds the requests of one user in a second, in constant memory: users share 65,536 counters by hash, so that the
/// bound may strike a little early for two that collide, and never lets one user through without bound.
final class UserThrottle: Sendable {
    private struct State {
        var second: Int64 = 0
        var counts: [UInt16]
    }

    private let state: Mutex<State>
    private let limit: Int

    /// `limit`: requests a second; 0: no bound.
    init(limit: Int) {
        self.limit = min(limit, Int(UInt16.max) - 1)
        state = Mutex(State(counts: Array(repeating: 0, count: limit > 0 ? 65_536 : 0)))
    }

    /// - Throws: `APIError` `throttled`.
    func admit(_ userID: String, at now: Timestamp) throws {
        guard limit > 0 else { return }
        let slot = Int(truncatingIfNeeded: stableHash(userID) & 0xFFFF)
        let count = state.withLock { state in
            let second = now.milliseconds / 1_000
            if second != state.second {
                state.second = second
                for index in state.counts.indices { state.counts[index] = 0 }
            }
            if state.counts[slot] < UInt16.max { state.counts[slot] += 1 }
            return Int(state.counts[slot])
        }
        if count > limit { throw APIError.throttled }
    }
}
