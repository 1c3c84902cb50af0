public import Foundation

/// One thing that happened in a run: a line of `--json`. Fields that do not apply are left out.
public struct RunEvent: Sendable, Codable {
    /// What happened; with each, which other fields have a value.
    public enum Name: String, Sendable, Codable, CaseIterable {
        /// The plan is made; `counts` has its actions.
        case planned
        /// Work on a resource begins: `node`, `step`, `type`, `action`.
        case started
        /// A resource is not ready yet; `detail` is the cloud's word for its state.
        case waiting
        /// A call is made again; `detail` says why.
        case retrying
        /// A resource is as desired: `identity`, `seconds`; `detail`, where there is one, has the lines it logged.
        case finished
        /// A resource could not be made so; `detail` is the error, `next` the command to run.
        case failed
        /// A resource was not begun because `detail` failed; without it, the run was stopped while it was under way.
        case blocked
        /// A slice stands: `region`, `step`.
        case stamped
        /// Something to know; `detail` is a sentence.
        case note
        /// The run is over: `counts`, `seconds`, `criticalPathSeconds`.
        case ended
    }

    public var event: Name
    public var time: Date
    public var node: NodeID?
    public var region: String?
    public var step: StepID?
    public var type: String?
    public var action: PlanAction?
    public var identity: String?
    public var detail: String?
    public var next: String?
    public var seconds: Double?
    /// The longest chain of API answer times along the graph's edges: no run can be faster.
    public var criticalPathSeconds: Double?
    public var counts: [String: Int]?

    public init(_ event: Name, time: Date = Date()) {
        self.event = event
        self.time = time
    }

    init<Cloud>(_ event: Name, _ node: Graph<Cloud>.Node, action: PlanAction? = nil) {
        self.init(event)
        self.node = node.id
        region = node.id.region
        step = node.step
        type = node.type
        self.action = action
    }

    /// A sentence.
    public static func note(_ text: String) -> RunEvent {
        var event = RunEvent(.note)
        event.detail = text
        return event
    }
}

/// Is told what happens, in order; must return quickly.
public protocol Reporter: Sendable {
    func report(_ event: RunEvent)
}
