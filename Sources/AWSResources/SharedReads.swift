/// Lets many resources share one list call.
actor SharedReads {
    private struct Read {
        var started: ContinuousClock.Instant
        var task: Task<any Sendable, any Error>
        var isFinished = false
    }

    private var latest: [String: Read] = [:]

    func value<Value: Sendable>(
        for key: String, notBefore: ContinuousClock.Instant, load: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // Joining the read under way is right unless it began too early; then wait for its end, so that everyone who
        // comes meanwhile shares the next one.
        while let read = latest[key], read.started < notBefore, !read.isFinished {
            _ = await read.task.result
            // Its own asker may not have come to it yet, and waiting for what has ended gives nobody a turn.
            if latest[key]?.started == read.started { latest[key]?.isFinished = true }
        }
        let read: Read
        if let current = latest[key], current.started >= notBefore {
            read = current
        } else {
            let task = Task<any Sendable, any Error> { try await load() }
            read = Read(started: .now, task: task)
            latest[key] = read
        }
        let result = await read.task.result
        if latest[key]?.started == read.started { latest[key]?.isFinished = true }
        if case .failure = result, latest[key]?.started == read.started { latest[key] = nil }
        guard let value = try result.get() as? Value else {
            preconditionFailure("\(key) is read as two types")
        }
        return value
    }
}
