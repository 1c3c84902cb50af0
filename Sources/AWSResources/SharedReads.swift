/// Lets many resources share one list call.
actor SharedReads {
    private struct Read {
        var started: ContinuousClock.Instant
        var task: Task<any Sendable, any Error>
    }

    private var latest: [String: Read] = [:]
    /// Reads under way; the others in `latest` have their answer.
    private var open: Set<String> = []

    func value<Value: Sendable>(
        for key: String, notBefore: ContinuousClock.Instant, load: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        // Joining the read under way is right unless it began too early; then wait for its end, so that everyone who
        // comes meanwhile shares the next one.
        while let read = latest[key], read.started < notBefore, open.contains(key) {
            _ = await finish(read, key)
        }
        let read: Read
        if let current = latest[key], current.started >= notBefore {
            read = current
        } else {
            read = Read(started: .now, task: Task { try await load() })
            latest[key] = read
            open.insert(key)
        }
        guard let value = try await finish(read, key).get() as? Value else {
            preconditionFailure("\(key) is read as two types")
        }
        return value
    }

    /// Whoever comes back first notes the end: nobody may look at a finished read as if it were under way.
    private func finish(_ read: Read, _ key: String) async -> Result<any Sendable, any Error> {
        let result = await read.task.result
        if latest[key]?.started == read.started {
            open.remove(key)
            if case .failure = result { latest[key] = nil }
        }
        return result
    }
}
