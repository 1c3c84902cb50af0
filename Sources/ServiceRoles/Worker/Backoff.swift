internal import Ticketing

/// Waits that double, with full jitter, up to a limit.
struct Backoff {
    private var ceiling: Duration = .milliseconds(100)
    private let limit: Duration
    private let random: RandomSource

    init(limit: Duration, random: RandomSource) {
        self.limit = limit
        self.random = random
    }

    mutating func next() -> Duration {
        defer { ceiling = min(limit, ceiling * 2) }
        let byte = random.bytes(1)[0]
        return ceiling * (Double(byte) + 1) / 256
    }

    mutating func reset() { ceiling = .milliseconds(100) }
}
