internal import Foundation
internal import Synchronization

/// Drives workers through one run: begins them at one instant, sums up what they measure, second by second, and stops
/// them together. A worker that ends early, or falls silent, ends the run for all.
public final class Coordinator: Sendable {
    /// What may take how long.
    public struct Patience: Sendable {
        /// Of a worker until it is ready.
        public var preparation: Duration
        /// From the last one's readiness to the begin: all workers must know it before.
        public var lead: Duration
        /// From a window's due instant until its worker counts as dead.
        public var silence: Duration

        public init(preparation: Duration, lead: Duration, silence: Duration) {
            self.preparation = preparation
            self.lead = lead
            self.silence = silence
        }

        /// Of processes that hear at once.
        public static func here(workers: Int) -> Patience {
            Patience(
                preparation: .seconds(60), lead: workers > 1 ? .seconds(1) : .milliseconds(200), silence: .seconds(20))
        }

        /// Of tasks, which are started, look for their orders, and leave word now and then.
        public static let elsewhere = Patience(preparation: .seconds(600), lead: .seconds(15), silence: .seconds(75))
    }

    private enum Message: Sendable {
        case event(worker: Int, WorkerEvent)
        case ended(worker: Int)
        case tick
        case stop(String)
    }

    private let workers: [any LoadWorker]
    private let scenario: Scenario
    private let patience: Patience
    private let preparing = Mutex<Task<[AsyncStream<WorkerEvent>], any Error>?>(nil)
    private let observe: @Sendable (LiveSecond) -> Void
    private let messages: AsyncStream<Message>
    private let input: AsyncStream<Message>.Continuation

    /// - Parameters:
    ///   - patience: nil: that of processes.
    ///   - observe: told of every second of the run once all workers have.
    public init(
        _ workers: [any LoadWorker], scenario: Scenario, patience: Patience? = nil,
        observe: @escaping @Sendable (LiveSecond) -> Void
    ) {
        self.workers = workers
        self.scenario = scenario
        self.patience = patience ?? .here(workers: workers.count)
        self.observe = observe
        (messages, input) = AsyncStream.makeStream()
    }

    /// Ends the run in order before its time; one that has not begun is given up.
    public func stop(_ reason: String) {
        input.yield(.stop(reason))
        preparing.withLock { $0 }?.cancel()
    }

    /// - Throws: what a worker says that cannot begin; `LoadTestError` `worker`; `CancellationError` after a stop before
    ///   the begin.
    public func run() async throws -> RunOutcome {
        let preparation = Task { try await prepare() }
        preparing.withLock { $0 = preparation }
        do {
            return await follow(try await preparation.value)
        } catch {
            await killAll()
            throw preparation.isCancelled ? CancellationError() : error
        }
    }

    private func killAll() async {
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.kill() } }
        }
    }

    // MARK: - The begin

    private func prepare() async throws -> [AsyncStream<WorkerEvent>] {
        var streams: [AsyncStream<WorkerEvent>] = []
        for worker in workers { streams.append(try await worker.prepare()) }
        // All at once: the first that cannot begin ends the waiting for the others.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (worker, stream) in zip(workers, streams) {
                group.addTask { try await Self.isReady(worker, stream, within: self.patience.preparation) }
            }
            try await group.waitForAll()
        }
        return streams
    }

    private static func isReady(
        _ worker: any LoadWorker, _ stream: AsyncStream<WorkerEvent>, within limit: Duration
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in stream {
                    switch event {
                    case .ready: return
                    case .failed(let error): throw error
                    case .window, .finished: break
                    }
                }
                throw LoadTestError(
                    .worker, "\(worker.name) ended before it was ready", next: "run it again; see its messages above")
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw LoadTestError(
                    .worker, "\(worker.name) was not ready in \(limit)", next: "look at the load of its machine")
            }
            try await group.next()
            group.cancelAll()
        }
    }

    // MARK: - The run

    private func follow(_ streams: [AsyncStream<WorkerEvent>]) async -> RunOutcome {
        let begin = Date().addingTimeInterval(patience.lead / .seconds(1))
        for worker in workers { await worker.start(atEpochMicroseconds: Int64(begin.timeIntervalSince1970 * 1e6)) }
        let input = input
        let feeders = streams.enumerated().map { index, stream in
            Task {
                for await event in stream { input.yield(.event(worker: index, event)) }
                input.yield(.ended(worker: index))
            }
        }
        let ticking = Task {
            while true {
                try await Task.sleep(for: .seconds(1))
                input.yield(.tick)
            }
        }
        defer {
            ticking.cancel()
            feeders.forEach { $0.cancel() }
        }
        var state = RunState(scenario: scenario, workers: workers.count, begin: begin)
        for await message in messages {
            switch message {
            case .event(let worker, .window(let window)): state.add(window, from: worker)
            case .event(let worker, .finished): state.finish(worker)
            case .event(let worker, .failed(let error)): state.lose(worker, "\(workers[worker].name): \(error)")
            case .event(_, .ready): break
            case .ended(let worker):
                state.lose(worker, "\(workers[worker].name) ended in the middle of the run")
            case .tick:
                for worker in state.silent(for: patience.silence) {
                    state.lose(worker, "\(workers[worker].name) has said nothing for \(patience.silence)")
                    await workers[worker].kill()
                }
            case .stop(let reason): state.interrupt(reason)
            }
            for second in state.completed() { observe(second) }
            if state.takeStopOrder() { for worker in workers { await worker.stop() } }
            if state.isOver { break }
        }
        await killAll()
        return state.outcome
    }
}
