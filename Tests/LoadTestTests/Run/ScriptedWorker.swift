import Synchronization

@testable import LoadTest

/// A worker that says what it is told to.
final class ScriptedWorker: LoadWorker {
    let name = "scripted"
    let isStopped = Mutex(false)
    let isKilled = Mutex(false)
    private let events: AsyncStream<WorkerEvent>
    private let input: AsyncStream<WorkerEvent>.Continuation
    private let onStart: @Sendable (AsyncStream<WorkerEvent>.Continuation) -> Void
    private let onStop: @Sendable (AsyncStream<WorkerEvent>.Continuation) -> Void

    init(
        onStart: @escaping @Sendable (AsyncStream<WorkerEvent>.Continuation) -> Void,
        onStop: @escaping @Sendable (AsyncStream<WorkerEvent>.Continuation) -> Void = { _ in }
    ) {
        (events, input) = AsyncStream.makeStream()
        self.onStart = onStart
        self.onStop = onStop
    }

    func prepare() async throws -> AsyncStream<WorkerEvent> {
        input.yield(.ready)
        return events
    }
    func start(atEpochMicroseconds: Int64) async { onStart(input) }
    func stop() async {
        isStopped.withLock { $0 = true }
        onStop(input)
    }
    func kill() async {
        isKilled.withLock { $0 = true }
        input.finish()
    }
}
