internal import Synchronization
internal import Ticketing

/// Gathers calls that run at once into batches: what arrives while the batches before are under way leaves together.
///
/// A lone call waits for nobody. The work runs in tasks of the batcher's own, so a caller that is cancelled does not
/// undo it for the others; it gets its answer all the same.
public final class Batcher<Input: Sendable, Output: Sendable>: Sendable {
    public struct Limits: Sendable {
        /// Calls in one batch.
        public var batch: Int
        /// Batches under way at once.
        public var concurrent: Int
        /// Calls that wait for a batch; past it `StoreError` `overloaded`, at once.
        public var waiting: Int

        public init(batch: Int, concurrent: Int, waiting: Int) {
            self.batch = batch
            self.concurrent = concurrent
            self.waiting = waiting
        }
    }

    private struct Call {
        var input: Input
        var answer: CheckedContinuation<Output, any Error>
    }

    private struct State {
        var waiting: [Call] = []
        var running = 0
    }

    private let store: String
    private let limits: Limits
    private let run: @Sendable ([Input]) async throws -> [Result<Output, any Error>]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - store: for `StoreError`.
    ///   - run: one result for each input, in order; what it throws is every call's error.
    public init(
        store: String, limits: Limits, run: @escaping @Sendable ([Input]) async throws -> [Result<Output, any Error>]
    ) {
        self.store = store
        self.limits = limits
        self.run = run
    }

    /// - Throws: `StoreError` `overloaded`; what `run` throws or answers for this call.
    public func callAsFunction(_ input: Input) async throws -> Output {
        try await withCheckedThrowingContinuation { answer in
            let isAccepted = state.withLock { state in
                guard state.waiting.count < limits.waiting else { return false }
                state.waiting.append(Call(input: input, answer: answer))
                return true
            }
            guard isAccepted else {
                answer.resume(throwing: StoreError(.overloaded, store: store, "\(limits.waiting) calls wait already"))
                return
            }
            begin()
        }
    }

    /// Begins a batch if calls wait and fewer than `limits.concurrent` are under way.
    private func begin() {
        let batch = state.withLock { state in
            guard !state.waiting.isEmpty, state.running < limits.concurrent else { return [Call]() }
            state.running += 1
            let batch = Array(state.waiting.prefix(limits.batch))
            state.waiting.removeFirst(batch.count)
            return batch
        }
        guard !batch.isEmpty else { return }
        Task {
            await finish(batch)
            state.withLock { $0.running -= 1 }
            begin()
        }
    }

    private func finish(_ batch: [Call]) async {
        do {
            let results = try await run(batch.map(\.input))
            precondition(results.count == batch.count, "a batch answers each of its calls")
            for (call, result) in zip(batch, results) { call.answer.resume(with: result) }
        } catch {
            for call in batch { call.answer.resume(throwing: error) }
        }
    }
}
