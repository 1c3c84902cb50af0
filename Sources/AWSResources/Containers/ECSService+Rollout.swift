import AWSServices
import Provisioning

extension ECSService {
    /// Where a service stands: ready when its rollout of the wanted task definition is complete. Fewer tasks running than
    /// wanted is no sign: autoscaling moves that number at any time.
    ///
    /// After ECS rolled a deployment back, the service is stable again, with the old task definition. A describe that
    /// lags behind an update looks the same, so the latest deployment itself is asked then.
    func state(of service: ECS.Service, cluster: String, _ scope: Scope<AWSCloud>) async throws -> ResourceState {
        if service.status == "DRAINING" { return .deleting(service.status) }
        guard let primary = service.deployments.first(where: { $0.status == "PRIMARY" }) else {
            return .changing("no deployment yet")
        }
        if let wanted = scope.known(taskDefinition), primary.taskDefinition != wanted {
            let latest = try await scope.send(
                ECS.ListServiceDeployments(cluster: cluster, service: name, maxResults: 1)
            ).serviceDeployments.first
            return Self.state(afterMismatch: latest, running: primary.taskDefinition ?? "another task definition")
        }
        return Self.state(of: primary)
    }

    static func state(of primary: ECS.Deployment) -> ResourceState {
        switch primary.rolloutState {
        case "FAILED":
            return .failed("rollout failed: \(primary.rolloutStateReason ?? "no reason given")")
        case "IN_PROGRESS":
            var word = "rolling out, \(primary.runningCount ?? 0) of \(primary.desiredCount ?? 0) tasks run"
            if let failed = primary.failedTasks, failed > 0 { word += ", \(failed) failed" }
            return .changing(word)
        default:
            return .ready
        }
    }

    /// - Parameter latest: the service's latest deployment.
    static func state(afterMismatch latest: ECS.ServiceDeploymentBrief?, running: String) -> ResourceState {
        let ended = ["STOPPED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"]
        guard let status = latest?.status, ended.contains(status) else { return .changing("rollout not begun") }
        return .failed("\(status), \(running) runs: \(latest?.statusReason ?? "no reason given")")
    }
}
