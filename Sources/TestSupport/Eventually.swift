/// A condition that `eventually` waited for in vain.
public struct NeverHappened: Error, CustomStringConvertible {
    public let description: String
}

/// Looks every 10 ms until `condition` holds: for what real sockets, processes and threads do in their own time. The limit is
/// for what is broken, not for what is slow.
/// - Throws: `NeverHappened`, with the place it was called at, after `limit`; what `condition` throws.
public nonisolated(nonsending) func eventually(
    within limit: Duration = .seconds(120), file: String = #fileID, line: Int = #line,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else {
            throw NeverHappened(description: "\(file):\(line): it did not come to hold within \(limit)")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}
