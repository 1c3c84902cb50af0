public import Foundation

/// The clocks a client goes by; tests bring their own.
public struct TimeSource: Sendable {
    /// The wall clock, for signatures and expirations.
    public var date: @Sendable () -> Date
    /// Time since some fixed moment; never goes back.
    public var uptime: @Sendable () -> Duration
    /// - Throws: `CancellationError`.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// Sleeps and counts by `clock`; `date` is the machine's wall clock unless given.
    public init<C: Clock<Duration>>(_ clock: C, date: @escaping @Sendable () -> Date = { Date() }) {
        let start = clock.now
        self.date = date
        uptime = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
    }

    /// The machine's clocks.
    public static var system: TimeSource { TimeSource(ContinuousClock()) }
}
