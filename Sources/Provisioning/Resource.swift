/// One thing in a cloud: its desired settings, and how to read, create, change and delete it.
///
/// A resource never sleeps, retries or logs; the executor does. It is encoded to JSON for the graph's edges (`Input`s
/// that are outputs) and for the digest of the stamps, so every setting must be an encoded property.
public protocol Resource<Cloud>: Encodable, Sendable {
    /// What the calls go through; the provisioning core only passes it on.
    associatedtype Cloud: Sendable
    /// A snapshot of the managed settings.
    associatedtype Observed: Sendable

    /// "ec2:vpc": the service's name and the type's, as in ARNs.
    static var type: String { get }
    /// One or two sentences for `tickctl explain`: what it is for, what it costs, what to know.
    static var explanation: String { get }
    static var waiting: Waiting { get }
    /// How a second one is prevented.
    static var identification: Identification { get }
    /// Outputs that an update gives a new value ("arn" of a task definition).
    static var renewedOutputs: Set<String> { get }
    /// True for what holds data: only deleted with both keys.
    var holdsData: Bool { get }
    /// True for what other stacks of the account use, too: never deleted.
    var isShared: Bool { get }

    /// What stands in the cloud now; nil when there is nothing (tombstones count as nothing).
    ///
    /// Must not need outputs of resources that do not exist: where `scope.known(...)` is nil and the lookup cannot work
    /// without it, the answer is nil. Answers no older than `scope.notBefore` may be shared between resources.
    func read(_ scope: Scope<Cloud>) async throws -> Observation<Observed>?

    /// Makes it, with tags in the creating call where the API takes them.
    func create(_ scope: Scope<Cloud>) async throws -> Observation<Observed>

    /// The managed settings that differ, in a fixed order. Pure. A setting absent from the resource is not managed.
    func changes(from observed: Observed, _ values: Values) -> [Change]

    /// Applies `changes` with the fewest calls. The answer is nil when the outputs stay and nothing needs waiting for.
    func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<Cloud>
    ) async throws -> Observation<Observed>?

    /// Takes it away. Deleting what is already gone succeeds. The executor waits until `read` finds nothing.
    func delete(_ observed: Observed, _ scope: Scope<Cloud>) async throws
}

/// How the cloud tells a resource from a second one like it.
public enum Identification: Sendable {
    /// The name is unique: a second create fails or returns the first.
    case name
    /// Nothing refuses a second one: it is known by its tags alone, so a create that may have happened is looked up
    /// with patience (lists lag behind).
    case tags
}

extension Resource {
    public static var waiting: Waiting { Waiting() }
    public static var identification: Identification { .name }
    public static var renewedOutputs: Set<String> { [] }
    public var holdsData: Bool { false }
    public var isShared: Bool { false }
}

/// How to wait for a resource to become ready, or to be gone.
public struct Waiting: Sendable {
    /// Before the second look; the first is at once.
    public var firstDelay: Duration
    /// Each delay is the last one times this.
    public var factor: Double
    public var maximumDelay: Duration
    public var deadline: Duration
    /// False where `delete` is complete when its call returns, so that nothing is polled.
    public var watchesDeletion: Bool

    public init(
        firstDelay: Duration = .milliseconds(100), factor: Double = 1.6, maximumDelay: Duration = .seconds(8),
        deadline: Duration = .seconds(600), watchesDeletion: Bool = false
    ) {
        self.firstDelay = firstDelay
        self.factor = factor
        self.maximumDelay = maximumDelay
        self.deadline = deadline
        self.watchesDeletion = watchesDeletion
    }

    /// The delay before look number `attempt` (0: the second look).
    public func delay(_ attempt: Int) -> Duration {
        var delay = firstDelay
        for _ in 0..<attempt where delay < maximumDelay { delay = delay * factor }
        return min(delay, maximumDelay)
    }
}
