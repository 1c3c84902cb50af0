import Synchronization

/// Asks a run to end: nothing new begins, calls under way are answered, waiting ends.
public final class StopSignal: Sendable {
    private let reason = Mutex<ProvisioningError?>(nil)

    public init() {}

    /// The first reason stays.
    public func stop(_ error: ProvisioningError) {
        reason.withLock { if $0 == nil { $0 = error } }
    }

    public var isStopped: Bool { reason.withLock { $0 != nil } }

    /// True for the error that `check` throws.
    func isReason(_ error: any Error) -> Bool {
        guard let error = error as? ProvisioningError else { return false }
        return reason.withLock { $0.map { $0.code == error.code && $0.what == error.what } ?? false }
    }

    /// - Throws: the reason, once stopped.
    public func check() throws {
        if let error = reason.withLock({ $0 }) { throw error }
    }

    /// Sleeps, but not past the signal.
    /// - Throws: the reason, once stopped; `CancellationError`.
    public func sleep(for duration: Duration, clock: any Clock<Duration>) async throws {
        var left = duration
        let slice = Duration.milliseconds(200)
        while left > .zero {
            try check()
            try await clock.sleep(for: min(left, slice))
            left -= slice
        }
        try check()
    }
}
