internal import Logging
internal import Metrics
internal import Ticketing

/// How long the commit queue is, as gauges; asked for every few seconds.
public struct QueueGauges: Sendable {
    static let interval: Duration = .seconds(5)

    private let context: RoleContext
    private let visible = Meter(label: "commit_queue_visible")
    private let inFlight = Meter(label: "commit_queue_in_flight")
    private let oldestAge = Meter(label: "commit_queue_oldest_age_seconds")

    public init(_ context: RoleContext) { self.context = context }

    /// Measures until cancelled. A queue that does not answer leaves the gauges as they were.
    public func run() async throws {
        while !Task.isCancelled {
            if let depth = try? await context.backends.queue.depth() {
                visible.set(depth.visible)
                inFlight.set(depth.inFlight)
                if let age = depth.oldestAgeSeconds { oldestAge.set(age) }
            }
            try await Task.sleep(for: Self.interval)
        }
    }
}
