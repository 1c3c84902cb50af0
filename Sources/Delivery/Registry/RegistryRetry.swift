/// Repeats what fails in passing, after a pause that doubles; the registry's own Retry-After goes first.
struct RegistryRetry: Sendable {
    static let attempts = 4
    private static let firstPause = Duration.milliseconds(250)

    let sleep: @Sendable (Duration) async throws -> Void

    /// - Throws: the error of the fourth attempt, and at once what would fail again.
    func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        var failures = 0
        while true {
            do {
                return try await body()
            } catch let error as DeliveryError where error.isTransient {
                try await pause(after: error, failures: &failures)
            }
        }
    }

    /// Counts a failure and waits before the next attempt.
    /// - Throws: `error` when the attempts are used up, `CancellationError`.
    func pause(after error: DeliveryError, failures: inout Int) async throws {
        failures += 1
        guard failures < Self.attempts else { throw error }
        try await sleep(error.retryAfter ?? Self.firstPause * (1 << (failures - 1)))
    }
}
