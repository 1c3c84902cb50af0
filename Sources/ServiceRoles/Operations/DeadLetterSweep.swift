public import Ticketing

/// Goes through a dead-letter queue once: each message is acted on, or given back as it was.
public struct DeadLetterSweep: Sendable {
    /// Which messages are meant.
    public enum Selection: Sendable {
        case all
        case ids(Set<String>)
    }

    /// What a sweep came to.
    public struct Summary: Sendable {
        /// Messages that are gone from the queue by what was done.
        public var handled = 0
        /// Ids that were asked for and not seen.
        public var missing: [String] = []
        /// As the queue tells it afterwards; what hides behind a message of its group was not seen.
        public var depth = QueueDepth(visible: 0, inFlight: 0)
    }

    private let queue: any DeadLetterQueue
    /// How long a message is hidden while it is looked at.
    private let visibility: Duration
    /// SQS has at most so many of a queue in flight.
    private static let mostInHand = 10_000

    /// - Parameter visibility: longer than everything that is done with ten messages.
    public init(_ queue: any DeadLetterQueue, visibility: Duration = .seconds(60)) {
        self.queue = queue
        self.visibility = visibility
    }

    /// Up to `max` messages, which are given back before this returns.
    /// - Throws: `StoreError`.
    public func look(max: Int) async throws -> (letters: [DeadLetter], depth: QueueDepth) {
        var letters: [DeadLetter] = []
        let summary = try await sweep(.all, atMost: max) { letter in
            letters.append(letter)
            return false
        }
        return (letters, summary.depth)
    }

    /// Calls `act` with each message that is meant, ten in hand at a time. What `act` leaves in the queue is given back at
    /// the end, and so is everything when it throws.
    ///
    /// - Parameter act: returns whether the message is gone from the queue.
    /// - Throws: `StoreError`; what `act` throws.
    public func sweep(
        _ selection: Selection, atMost most: Int? = nil, _ act: (DeadLetter) async throws -> Bool
    ) async throws -> Summary {
        var summary = Summary()
        var kept: [CommitReceipt] = []
        var wanted: Set<String>? = if case .ids(let ids) = selection { ids } else { nil }
        let limit = most ?? .max
        var seen = 0
        do {
            // One empty answer means little: a short poll asks some of the queue's servers only.
            var empties = 0
            while seen < limit, kept.count < Self.mostInHand, empties < 2, wanted?.isEmpty != true {
                let batch = try await queue.receive(max: min(10, limit - seen), visibility: visibility)
                empties = batch.isEmpty ? empties + 1 : 0
                seen += batch.count
                var untouched = batch.map(\.receipt)
                defer { kept += untouched }
                for received in batch {
                    let letter = DeadLetter(received)
                    if wanted != nil, wanted?.remove(letter.id) == nil { continue }
                    if try await act(letter) {
                        summary.handled += 1
                        untouched.removeAll { $0 == received.receipt }
                    }
                }
            }
        } catch {
            try? await queue.release(kept)
            throw error
        }
        if !kept.isEmpty { try await queue.release(kept) }
        summary.missing = wanted.map { $0.sorted() } ?? []
        summary.depth = try await queue.depth()
        return summary
    }
}
