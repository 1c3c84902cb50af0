/// Sends typed operations: resolves the endpoint, signs, limits the rate, retries, decodes.
public final class AWSClient: Sendable {
    /// Sends `operation` to `region` (a global service ignores it) and waits for its answer.
    /// - Throws: `AWSError`, `CancellationError`.
    public func send<Operation: AWSOperation>(_ operation: Operation, region: String) async throws -> Operation.Output {
        fatalError()
    }
}
