/// A token bucket as a value; the clock is the caller's.
struct TokenBucket: Sendable, Equatable {
    let capacity: Double
    let refillPerSecond: Double
    private var tokens: Double
    private var updated: Duration

    init(capacity: Double, refillPerSecond: Double, now: Duration) {
        self.capacity = capacity
        self.refillPerSecond = refillPerSecond
        tokens = capacity
        updated = now
    }

    /// Takes a token and says how long to wait for it. Waiters go in the order of their asking.
    mutating func take(now: Duration) -> Duration {
        if now > updated {
            tokens = min(capacity, tokens + (now - updated) / .seconds(1) * refillPerSecond)
            updated = now
        }
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / refillPerSecond)
    }
}
