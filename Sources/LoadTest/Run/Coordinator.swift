internal import Foundation
internal import Synchronization

/// Drives workers through one run: begins them at one instant, sums up what they measure, second by second, and stops
/// them together. A worker that ends early, or falls silent, ends the run for all.
public final class Coordinator: Sendable {
    /// How long a worker may prepare.
    static let preparation: Duration = .seconds(60)

    private enum Message: Sendable {
        case event(worker: Int, WorkerEvent)
        case ended(worker: Int)
        case tick
        case stop(String)
    }

    private let workers: [any LoadWorker]
    private let scenario: Scenario
    private let silence: Duration
    private let observe: @Sendable (LiveSecond) -> Void
    private let messages: AsyncStream<Message>
    private let input: AsyncStream<Message>.Continuation

    /// - Parameters:
    ///   - silence: how long after its due instant a window may come before its worker counts as dead.
    ///   - observe: told of every second of the run once all workers have.
    public init(
        _ workers: [any LoadWorker], scenario: Scenario, silence: Duration = .seconds(20),
        observe: @escaping @Sendable (LiveSecond) -> Void
    ) {
        self.workers = workers
        self.scenario = scenario
        self.silence = silence
        self.observe = observe
        (messages, input) = AsyncStream.makeStream()
    }

    /// Ends the run in order before its time.
    public func stop(_ reason: String) { input.yield(.stop(reason)) }

    /// - Throws: what a worker says that cannot begin; `LoadTestError` `worker`.
    public func run() async throws -> RunOutcome {
        do {
            let streams = try await prepare()
            return await follow(streams)
        } catch {
            for worker in workers { await worker.kill() }
            throw error
        }
    }

    // MARK: - The begin

    private func prepare() async throws -> [AsyncStream<WorkerEvent>] {
        var streams: [AsyncStream<WorkerEvent>] = []
        for worker in workers { streams.append(try await worker.prepare()) }
        for (worker, stream) in zip(workers, streams) {
            try await Self.isReady(worker, stream, within: Self.preparation)
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
        let begin = Date().addingTimeInterval(workers.count > 1 ? 1 : 0.2)
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
                for worker in state.silent(for: silence) {
                    state.lose(worker, "\(workers[worker].name) has said nothing for \(silence)")
                    await workers[worker].kill()
                }
            case .stop(let reason): state.interrupt(reason)
            }
            for second in state.completed() { observe(second) }
            if state.takeStopOrder() { for worker in workers { await worker.stop() } }
            if state.isOver { break }
        }
        for worker in workers { await worker.kill() }
        return state.outcome
    }
}
