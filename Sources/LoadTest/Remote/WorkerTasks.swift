/// Starts the processes that work for `RemoteWorker`s, and ends them.
public protocol WorkerTasks: Sendable {
    /// Starts one for the worker of this index, once, however often the call is repeated.
    /// - Throws: why it cannot be.
    func start(_ worker: Int) async throws

    /// Why it has ended, and where to look; nil: it has not, as far as is known.
    func end(of worker: Int) async -> LoadTestError?

    /// Ends it, if it was started and has not ended.
    /// - Returns: why it cannot be; it then ends by itself, because nobody leads it any more.
    func stop(_ worker: Int) async -> LoadTestError?
}
