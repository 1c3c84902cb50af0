import Synchronization

/// How often and after which pauses a call is repeated: AWS's standard mode with full jitter
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
public struct RetryPolicy: Sendable {
    /// For faults and lost connections, the first attempt included.
    public var maximumAttempts: Int
    /// For throttles, which certainly did not execute.
    public var maximumThrottledAttempts: Int
    public var baseDelay: Duration
    public var maximumDelay: Duration
    /// The longest pause a `Retry-After` can ask for.
    public var maximumRetryAfter: Duration

    /// The attempts count the first one; throttled calls have at least as many as others.
    public init(
        maximumAttempts: Int = 3, maximumThrottledAttempts: Int = 8, baseDelay: Duration = .seconds(1),
        maximumDelay: Duration = .seconds(20), maximumRetryAfter: Duration = .seconds(60)
    ) {
        self.maximumAttempts = maximumAttempts
        self.maximumThrottledAttempts = max(maximumAttempts, maximumThrottledAttempts)
        self.baseDelay = baseDelay
        self.maximumDelay = maximumDelay
        self.maximumRetryAfter = maximumRetryAfter
    }

    /// The pause before the attempt that follows `failures` failed ones. `random`: 0..<1; `retryAfter`: the service's
    /// wish.
    func delay(afterFailures failures: Int, random: Double, retryAfter: Duration?) -> Duration {
        var ceiling = baseDelay
        for _ in 1..<max(1, min(failures, 64)) where ceiling < maximumDelay { ceiling = ceiling * 2 }
        let jittered = min(ceiling, maximumDelay) * random
        return max(jittered, min(retryAfter ?? .zero, maximumRetryAfter))
    }
}

/// A budget that all calls of a client share, so that an outage is not answered with a storm of repeats.
final class RetryQuota: Sendable {
    static let capacity = 500
    private static let retryCost = 5
    private static let timeoutCost = 10

    private let left = Mutex(RetryQuota.capacity)

    /// What the repeat costs, to be given back when it succeeds; `nil`: the budget is used up.
    func take(isTimeout: Bool) -> Int? {
        let cost = isTimeout ? Self.timeoutCost : Self.retryCost
        return left.withLock { left in
            guard left >= cost else { return nil }
            left -= cost
            return cost
        }
    }

    /// A call succeeded: its last repeat's cost comes back, or 1 for a call without a repeat.
    func succeeded(lastCost: Int?) {
        left.withLock { $0 = min(Self.capacity, $0 + (lastCost ?? 1)) }
    }
}
