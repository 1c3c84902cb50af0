/// What a read, a create or an update found out about one resource.
public struct Observation<Observed: Sendable>: Sendable {
    /// The managed settings as they are now, normalised. Never a secret.
    public var settings: Observed
    /// What the cloud calls it: an ARN or an id.
    public var identity: String
    /// What other resources may refer to, and what stamps keep. Never a secret.
    public var outputs: [String: String]
    public var owner: Owner
    public var state: ResourceState
    /// What whoever runs this should see of how it was made: the lines that a task logged.
    public var remarks: [String]

    public init(
        _ settings: Observed, identity: String, outputs: [String: String] = [:], owner: Owner,
        state: ResourceState = .ready, remarks: [String] = []
    ) {
        self.settings = settings
        self.identity = identity
        self.outputs = outputs
        self.owner = owner
        self.state = state
        self.remarks = remarks
    }
}

/// Whose a found resource is.
public enum Owner: Sendable, Equatable {
    /// It carries this stack's tags.
    case ours
    /// It carries another's tags, or none; `reason` says which.
    case foreign(reason: String)
    /// Its type has no tags: it is ours as its parent is, or shared by design.
    case inherited
}

/// Where a resource stands on its way.
public enum ResourceState: Sendable, Equatable {
    case ready
    /// Still becoming what was asked for; the text is the cloud's own word ("creating").
    case changing(String)
    case deleting(String)
    /// It will not become ready by waiting.
    case failed(String)
}
