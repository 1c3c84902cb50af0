internal import Logging
internal import Metrics
internal import Ticketing

/// Forgets what is older than `Retention`, in small batches beside the sale. Several processes may do so at once.
public struct RetentionLoop: Sendable {
    static let interval: Duration = .seconds(60)
    /// Rows of each kind that one statement deletes.
    static let batch = 1_000
    /// Between two batches, for the others.
    static let pause: Duration = .milliseconds(100)

    private let context: RoleContext
    /// Quotes that ended earlier were looked at already: most led to an order, and are passed once and not every time.
    private var intentsFrom = Timestamp(milliseconds: 0)
    private let purged = Counter(label: "records_purged_total")

    public init(_ context: RoleContext) { self.context = context }

    /// Forgets until cancelled.
    public func run() async throws {
        var loop = self
        while !Task.isCancelled {
            do {
                while try await loop.pass() { try await Task.sleep(for: Self.pause) }
            } catch let error as StoreError {
                context.logger.warning("old records stay for now", metadata: ["error": "\(error)"])
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// One batch of each kind.
    /// - Returns: whether there is more.
    /// - Throws: `StoreError`.
    public mutating func pass() async throws -> Bool {
        let (backends, now) = (context.backends, context.now())
        let answersEnd = now + (.zero - Retention.answers)
        let commits = try await backends.holds.purgeCommits(before: answersEnd, limit: Self.batch)
        let answers = try await backends.ledger.purgeAnswers(before: answersEnd, limit: Self.batch)
        let intentsEnd = max(intentsFrom, now + (.zero - Retention.intents))
        let intents = try await backends.ledger.purgeIntents(
            endedWithin: intentsFrom..<intentsEnd, limit: Self.batch)
        intentsFrom = intents.next ?? intentsEnd
        purged.increment(by: commits + answers + intents.gone)
        return commits == Self.batch || answers == Self.batch || intents.next != nil
    }
}
