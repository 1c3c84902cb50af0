/// What a worker is asked to do: the whole scenario, and which share of its arrivals is this worker's.
public struct WorkerOrder: Sendable, Codable, Equatable {
    public var scenario: Scenario
    public var seed: UInt64
    /// In the names of users and keys.
    public var runID: String
    public var publicURL: String
    public var confirmURL: String
    /// PEM of the authorities to trust instead of the system's.
    public var authorityFile: String?
    /// Whether buyers report a payment; the worker reads the secret from its environment.
    public var isPaid: Bool
    var share: ArrivalSchedule.Share
    /// Event loops, each with a thread of its own.
    public var loops: Int
    /// Where the purchases of this worker are written; it is made anew.
    private(set) var historyPath: String?

    /// The name of the variable in which a worker process finds the payment provider's secret.
    public static let secretVariable = "LOAD_WEBHOOK_SECRET"

    public init(
        scenario: Scenario, seed: UInt64, runID: String, publicURL: String, confirmURL: String, isPaid: Bool,
        loops: Int
    ) {
        self.scenario = scenario
        self.seed = seed
        self.runID = runID
        self.publicURL = publicURL
        self.confirmURL = confirmURL
        self.isPaid = isPaid
        self.loops = loops
        share = .whole
    }

    /// The same with a history file.
    public func recording(to path: String) -> WorkerOrder {
        var order = self
        order.historyPath = path
        return order
    }

    /// One worker's of `count`.
    public func part(_ index: Int, of count: Int) -> WorkerOrder {
        var order = self
        order.share = share.part(index, of: count)
        return order
    }
}

/// What a worker says.
public enum WorkerEvent: Sendable, Codable, Equatable {
    /// Everything that can fail before the begin has not failed.
    case ready
    case window(Window)
    /// The last word. `historyBytes`: of its history file.
    case finished(historyBytes: Int)
    /// The worker cannot go on.
    case failed(LoadTestError)
}
