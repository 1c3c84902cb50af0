/// A service as a rollout sees it, and what to do about it. Pure.
struct RolloutState: Sendable, Equatable {
    /// The latest service deployment; nil: none is listed.
    struct Latest: Sendable, Equatable {
        var arn: String
        var status: String
        var reason: String?
        /// ARN of the task definition that it brings.
        var taskDefinition: String?

        var isUnderWay: Bool { Self.underWay.contains(status) }
        /// Further progress comes by itself, and it is on its way to what it brings.
        var isGoingForward: Bool { status == "PENDING" || status == "IN_PROGRESS" }

        static let underWay: Set<String> = [
            "PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS",
        ]
    }

    /// What DescribeServices says that the service has.
    var taskDefinition: String?
    /// COMPLETED, IN_PROGRESS or FAILED, of the primary deployment.
    var rollout: String?
    var primary: String?
    var desired: Int
    var running: Int
    var latest: Latest?

    enum Action: Sendable, Equatable {
        /// It runs what it should, and nothing is under way.
        case none
        /// A deployment to the wanted revision is under way: follow it.
        case follow(String)
        /// Another deployment must be stopped first.
        case stop(String)
        /// A deployment is ending by itself: wait, then look again.
        case wait(String)
        /// `force`: the service names the revision already, but its deployment did not succeed.
        case update(force: Bool)
        /// The answers contradict each other, as they do for a moment after a change.
        case look
    }

    /// - Parameter stopsOthers: true on the way back, where a deployment of something else is what must end.
    func action(wanted: String, stopsOthers: Bool) -> Action {
        if let latest, latest.isUnderWay {
            guard latest.isGoingForward else { return .wait(latest.arn) }
            if latest.taskDefinition == wanted { return .follow(latest.arn) }
            return stopsOthers ? .stop(latest.arn) : .update(force: false)
        }
        guard taskDefinition == wanted else { return .update(force: false) }
        if rollout == "FAILED" || latest.map({ $0.taskDefinition == wanted && $0.status != "SUCCESSFUL" }) ?? false {
            return .update(force: true)
        }
        return rollout == "IN_PROGRESS" ? .look : .none
    }

    /// Why the service does not run `wanted` after its deployment ended with `status`; nil: it does.
    func failure(wanted: String, status: String, reason: String?) -> String? {
        let why = reason.map { ": \($0)" } ?? ""
        guard status == "SUCCESSFUL" else { return "its deployment ended as \(status)\(why)" }
        // Stable is also what a service is after it was rolled back: only the revision tells.
        guard taskDefinition == wanted, primary == nil || primary == wanted else {
            return "its deployment succeeded, but the service has "
                + "\(ReleaseEvent.short(primary ?? taskDefinition ?? "no revision")) and not "
                + ReleaseEvent.short(wanted)
        }
        guard rollout != "FAILED" else { return "its deployment succeeded, but its rollout FAILED\(why)" }
        guard desired == 0 || running > 0 else { return "its deployment succeeded, but no task runs" }
        return nil
    }
}
