import Synchronization

/// Keeps a client under the services' own limits, which are token buckets per account and region.
///
/// A run's few hundred calls fit into the bursts; the limits tell when many waits poll at once.
final class RateLimiter: Sendable {
    private struct Key: Hashable {
        var service: String
        var region: String
        var group: String
    }

    private let buckets = Mutex<[Key: TokenBucket]>([:])
    private let time: TimeSource

    init(time: TimeSource) { self.time = time }

    /// Waits for the call's turn.
    /// - Throws: `CancellationError`.
    func wait(service: AWSService, action: String, effect: AWSEffect, region: String) async throws {
        let limit = RateLimit.of(service: service, action: action, effect: effect)
        guard limit.burst < .infinity else { return }
        let key = Key(
            service: service.signingName, region: service.globalRegion ?? region,
            group: limit.isPerAction ? action : "\(effect)\(limit.actions)")
        let now = time.uptime()
        let delay = buckets.withLock { buckets in
            buckets[
                key,
                default: TokenBucket(capacity: limit.burst, refillPerSecond: limit.perSecond, now: now)
            ].take(now: now)
        }
        if delay > .zero { try await time.sleep(delay) }
    }
}
