/// How the hot path (hold, intent, commit) of one process did over its last window.
public struct HotPathHealth: Sendable, Equatable, Codable {
    public var requests: Int
    /// Answers of 500 to 599.
    public var failures: Int
    public var p95Milliseconds: Double

    public init(requests: Int, failures: Int, p95Milliseconds: Double) {
        self.requests = requests
        self.failures = failures
        self.p95Milliseconds = p95Milliseconds
    }
}
