/// What a run would do, as data: written by `plan --out`, compared by `up --plan`.
public struct Plan: Sendable, Codable, Equatable {
    public static let currentFormat = 1
    public var format = Plan.currentFormat
    public var stack: String
    public var account: String
    public var toolVersion: String
    /// In the order of the graph, the ones with nothing to do included.
    public var entries: [PlanEntry]

    public init(stack: String, account: String, toolVersion: String, entries: [PlanEntry]) {
        self.stack = stack
        self.account = account
        self.toolVersion = toolVersion
        self.entries = entries
    }

    /// What would be called for.
    public var changes: [PlanEntry] { entries.filter { $0.action.isChange } }
    /// What stops the run before it begins.
    public var refusals: [PlanEntry] { entries.filter { $0.action == .refuse } }
    public var isEmpty: Bool { changes.isEmpty && refusals.isEmpty }
}

/// What would happen to one resource.
public struct PlanEntry: Sendable, Codable, Equatable {
    public var node: NodeID
    public var step: StepID
    /// "ec2:vpc"
    public var type: String
    public var action: PlanAction
    /// What the cloud calls the resource that stands there now.
    public var identity: String?
    public var changes: [Change]
    /// Why, where the action alone does not say it.
    public var reason: String?

    public init(
        node: NodeID, step: StepID, type: String, action: PlanAction, identity: String? = nil, changes: [Change] = [],
        reason: String? = nil
    ) {
        self.node = node
        self.step = step
        self.type = type
        self.action = action
        self.identity = identity
        self.changes = changes
        self.reason = reason
    }
}

/// What the run will do about a resource.
public enum PlanAction: String, Sendable, Codable, CaseIterable {
    case none, create, update, delete
    /// It is as desired but not ready yet: the run waits for it.
    case wait
    /// Somebody else's, or not changeable in place: the run does not begin.
    case refuse

    public var isChange: Bool { self == .create || self == .update || self == .delete }
}
