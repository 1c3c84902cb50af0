internal import Logging
internal import Metrics
internal import Ticketing

/// Sends the commits that were promised and never reached the queue: a crash between pin and send, a queue that was away.
public struct RepairLoop: Sendable {
    /// A commit younger than this may still be on its way.
    static let minimumAge: Duration = .seconds(5)
    static let interval: Duration = .seconds(2)

    private let context: RoleContext
    private let repaired = Counter(label: "commits_repaired_total")

    public init(_ context: RoleContext) { self.context = context }

    /// Repairs until cancelled.
    public func run() async throws {
        while !Task.isCancelled {
            do {
                while try await pass() > 0 {}
            } catch let error as StoreError {
                context.logger.warning("the repair loop waits", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// One pass over the oldest unsent commits.
    /// - Returns: how many reached the queue.
    /// - Throws: `StoreError` of the hold store.
    public func pass() async throws -> Int {
        let before = Timestamp(
            milliseconds: context.now().milliseconds - Int64(Self.minimumAge / .milliseconds(1)))
        let records = try await context.backends.holds.unsentCommits(before: before, limit: 100)
        var sent = 0
        for record in records {
            guard await context.outbox.deliver(record) else { break }
            sent += 1
        }
        repaired.increment(by: sent)
        return sent
    }
}
