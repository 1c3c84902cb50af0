import AWSResources
import Provisioning
import Ticketing

/// The scaling policies of one service, and the alarms that call them.
struct ServiceScaling {
    let stack: Stack
    let region: String
    let role: Role
    let target: Placed<ScalableTarget>
    let metrics: StackMetrics
    let alarms: StackAlarms

    /// ALBRequestCountPerTarget is counted a minute
    /// (https://docs.aws.amazon.com/autoscaling/application/userguide/predefined-metrics.html).
    private static let secondsCounted = 60.0

    /// CPU, requests a task, and a jump when answers get slow.
    func addForRequests(to graph: inout Graph<AWSCloud>, _ group: Placed<TargetGroup>) throws {
        _ = try add("cpu", tracking(.averageCPU, target: stack.scaling.cpuTargetPercent), to: &graph)
        _ = try add(
            "requests",
            tracking(
                .requestsPerTarget(label: "\(metrics.services.loadBalancer.arnSuffix)/\(group.arnSuffix)"),
                target: stack.scaling.requestsPerSecondPerTask * Self.secondsCounted),
            to: &graph)
        let jump = try add("p95", step(stack.scaling.p95StepPercent), to: &graph)
        try alarms.add(
            "\(role.rawValue)-p95", "Seconds that one answer of \(role.rawValue) in twenty takes longer than.",
            .metric(metrics.target(group, "TargetResponseTime", "p95")), over: stack.scaling.p95Seconds, periods: 2,
            policy: jump.arn, to: &graph, region)
    }

    /// Messages a task, and a jump when the oldest waits long.
    func addForQueue(to graph: inout Graph<AWSCloud>, _ service: Placed<ECSService>) throws {
        let queue = metrics.dataPlane.queue
        _ = try add(
            "backlog",
            tracking(
                .expression(
                    "visible / running",
                    of: [
                        "visible": metrics.queue(queue, "ApproximateNumberOfMessagesVisible", "Maximum"),
                        "running": metrics.insights(service, "RunningTaskCount", "Average"),
                    ]),
                target: stack.scaling.backlogPerTask),
            to: &graph)
        let jump = try add("age", step(stack.scaling.queueAgeStepPercent), to: &graph)
        try alarms.add(
            "queue-age", "Seconds that the oldest order has waited.",
            .metric(metrics.queue(queue, "ApproximateAgeOfOldestMessage", "Maximum")),
            over: Double(stack.scaling.queueAgeSeconds), periods: 1, policy: jump.arn, to: &graph, region)
    }

    private func add(
        _ name: String, _ rule: ScalingRule, to graph: inout Graph<AWSCloud>
    ) throws -> Placed<ScalingPolicy> {
        try graph.add(
            "scaling-\(role.rawValue)-\(name)", in: region, step: AutoscalingStep.id,
            ScalingPolicy(
                name: "\(stack.name)-\(role.rawValue)-\(name)", resourceID: target.resourceID, rule: rule))
    }

    private func tracking(_ metric: ScalingRule.TrackedMetric, target: Double) -> ScalingRule {
        .tracking(
            .init(
                metric, target: target, scaleOutCooldownSeconds: stack.scaling.scaleOutCooldownSeconds,
                scaleInCooldownSeconds: stack.scaling.scaleInCooldownSeconds))
    }

    private func step(_ percent: Int) -> ScalingRule {
        .step(.init(percent: percent, minimumTasks: 1, cooldownSeconds: stack.scaling.scaleOutCooldownSeconds))
    }
}
