internal import Logging
internal import Metrics
internal import Observability
internal import Ticketing
internal import Tracing

/// Turns committed holds into orders and tickets. The ledger's transaction decides; the message goes only after it.
public struct WorkerLoop: Sendable {
    private let context: RoleContext
    private let measures = WorkerMeasures()

    public init(_ context: RoleContext) { self.context = context }

    /// Works until cancelled; what is in hand then is finished, and what is not begun is given back.
    public func run() async throws {
        let rest = await withTaskGroup { group in
            for _ in 0..<context.settings.workerLoops { group.addTask { await loop() } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        guard !rest.isEmpty else { return }
        // Not before: a loop that still receives would get it again, and each receive counts towards the dead letters.
        // In a task of its own: a call of a cancelled one is cut off.
        let queue = context.backends.queue
        do {
            try await Task { try await queue.extend(rest, visibility: .zero) }.value
        } catch {
            context.logger.warning(
                "messages that were not begun come again after their visibility timeout",
                metadata: ["messages": "\(rest.count)", "error": "\(error)"])
        }
    }

    /// Next, decide, settle, delete.
    /// - Returns: what was received and not begun.
    private func loop() async -> [CommitReceipt] {
        var backoff = Backoff(limit: .seconds(10), random: context.random)
        while !Task.isCancelled {
            do {
                let batch = try await receive()
                guard !batch.isEmpty else { continue }
                if Task.isCancelled { return batch.map(\.receipt) }
                // Not cancelled with the loop: an accepted message is finished within the grace.
                let work = Task { try await handle(batch) }
                try await work.value
                backoff.reset()
            } catch is CancellationError {
                return []
            } catch {
                context.logger.warning("the worker waits", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: backoff.next())
            }
        }
        return []
    }

    /// Not cancelled with the loop: what the queue had handed over already would be hidden from everybody for a whole
    /// visibility timeout.
    private func receive() async throws -> [ReceivedCommit] {
        let (queue, visibility) = (context.backends.queue, context.settings.visibility)
        return try await Task { try await queue.receive(max: 10, wait: .seconds(2), visibility: visibility) }.value
    }

    private func handle(_ batch: [ReceivedCommit]) async throws {
        let heartbeat = Task { try await beat(batch.map(\.receipt)) }
        defer { heartbeat.cancel() }
        let (commits, unusable) = decode(batch)
        // Back at once: it comes again until the queue sets it aside, and holds its group up for milliseconds only.
        if !unusable.isEmpty { try await context.backends.queue.extend(unusable, visibility: .zero) }
        guard !commits.isEmpty else { return }
        let spans = commits.compactMap(span)
        defer { for span in spans { span.end() } }
        do {
            let orders = try await decide(commits)
            try await settle(commits, orders)
            try await context.backends.queue.delete(commits.map(\.received.receipt))
            measures.decided(orders, commits.map { context.now() - $0.received.sentAt })
        } catch let error as StoreError {
            try await giveBack(commits, after: error)
            throw error
        }
    }

    private struct Commit {
        var message: CommitMessage
        var received: ReceivedCommit
    }

    /// The commit's part in its buyer's trace.
    private func span(_ commit: Commit) -> (any Span)? {
        guard let header = commit.message.traceHeader.flatMap({ TraceHeader($0) }) else { return nil }
        var trace = ServiceContext.topLevel
        trace.traceHeader = header
        return startSpan("decide", context: trace, ofKind: .consumer)
    }

    private func decode(_ batch: [ReceivedCommit]) -> (commits: [Commit], unusable: [CommitReceipt]) {
        var (commits, unusable): ([Commit], [CommitReceipt]) = ([], [])
        for received in batch {
            do {
                let message = try CommitMessage(body: received.body, traceHeader: received.traceHeader)
                commits.append(Commit(message: message, received: received))
            } catch {
                context.logger.error(
                    "a message cannot be handled",
                    metadata: ["error": "\(error)", "receives": "\(received.receiveCount)"])
                unusable.append(received.receipt)
                measures.unusable.increment()
            }
        }
        return (commits, unusable)
    }

    private func decide(_ commits: [Commit]) async throws -> [Order] {
        measures.batch.record(commits.count)
        return try await context.backends.ledger.decide(
            commits.map {
                DecisionRequest(idem: $0.message.idem, order: $0.message.order, acceptedAt: $0.received.sentAt)
            }, capture: context.settings.requiresPayment ? .approvedOnly : .withoutProvider)
    }

    /// The hold store learns what was decided. A crash before it is repaired by the message, which comes again.
    private func settle(_ commits: [Commit], _ orders: [Order]) async throws {
        var settlements: [CommitSettlement] = []
        for (commit, order) in zip(commits, orders) {
            let index: CatalogueIndex
            do {
                index = try await context.catalogues.index(order.eventID)
            } catch is APIError {
                continue  // An event that never was: nothing of it can be pinned.
            }
            settlements.append(
                CommitSettlement(
                    idem: commit.message.idem, userID: order.userID, seats: order.seatIDs.compactMap { index.key($0) },
                    isSold: order.status == .confirmed))
        }
        try await context.backends.holds.settle(settlements, now: context.now())
    }

    /// Later the more often a message failed, so that a backend that comes back is not overrun.
    private func giveBack(_ commits: [Commit], after error: StoreError) async throws {
        for commit in commits {
            let seconds = min(60, 1 << min(6, commit.received.receiveCount))
            try await context.backends.queue.extend([commit.received.receipt], visibility: .seconds(seconds))
        }
    }

    private func beat(_ receipts: [CommitReceipt]) async throws {
        let visibility = context.settings.visibility
        while true {
            try await Task.sleep(for: visibility / 3)
            try await context.backends.queue.extend(receipts, visibility: visibility)
        }
    }
}
