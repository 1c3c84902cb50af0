internal import Logging
internal import Synchronization
internal import Ticketing

/// Sends accepted commits to the queue behind the buyer's back. The promise stands in the hold store already, so what is
/// not sent from here (a crash, a queue that is away, a full outbox) is sent by the repair loop.
final class Outbox: Sendable {
    private struct State {
        var running = 0
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let queue: any CommitQueue
    private let holds: any HoldStore
    private let logger: Logger
    private let state = Mutex(State())
    /// More than this at once wait for the repair loop.
    private let capacity = 10_000

    init(queue: any CommitQueue, holds: any HoldStore, logger: Logger) {
        self.queue = queue
        self.holds = holds
        self.logger = logger
    }

    func send(_ record: CommitRecord) {
        let hasRoom = state.withLock { state in
            guard state.running < capacity else { return false }
            state.running += 1
            return true
        }
        guard hasRoom else { return }
        Task {
            await deliver(record)
            let idle = state.withLock { state in
                state.running -= 1
                guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
                defer { state.idle = [] }
                return state.idle
            }
            for continuation in idle { continuation.resume() }
        }
    }

    /// Sends, then takes the record out of the index of unsent ones; in this order, so that a crash between repeats.
    /// - Returns: whether the queue has it.
    @discardableResult
    func deliver(_ record: CommitRecord) async -> Bool {
        do {
            try await queue.send(
                CommitMessage(idem: record.idem, order: record.order, traceHeader: record.traceHeader))
        } catch {
            logger.debug("a commit waits for the repair loop", metadata: ["error": "\(error)"])
            return false
        }
        try? await holds.markSent([record.idem])
        return true
    }

    /// Returns when nothing is under way.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.running > 0 { state.idle.append(continuation) }
                return state.running == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}
