import AWSResources
import Provisioning
import Ticketing

/// The alarms of one region, all told to one topic.
struct StackAlarms {
    let stack: Stack
    let metrics: StackMetrics
    let topic: Placed<SNSTopic>

    private static let periodSeconds = 60
    private static let step = AutoscalingStep.id

    /// Adds those that call no scaling policy.
    func add(to graph: inout Graph<AWSCloud>, region: String) throws {
        try addLoadBalancer(to: &graph, region)
        try addServices(to: &graph, region)
        try addQueues(to: &graph, region)
        try addRedis(to: &graph, region)
        try addDatabases(to: &graph, region)
    }

    /// - Parameters:
    ///   - name: what is watched, "public-p95"; the alarm is "<stack>-public-p95".
    ///   - policy: ARN of a scaling policy to call.
    func add(
        _ name: String, _ purpose: String, _ source: MetricSource, over threshold: Double, periods: Int,
        policy: Input? = nil, to graph: inout Graph<AWSCloud>, _ region: String
    ) throws {
        _ = try graph.add(
            "alarm-\(name)", in: region, step: Self.step,
            MetricAlarm(
                name: "\(stack.name)-\(name)", purpose: purpose, source: source, periodSeconds: Self.periodSeconds,
                periods: periods, threshold: threshold, alarmActions: [policy, topic.arn].compactMap(\.self),
                okActions: [topic.arn]))
    }

    private func addLoadBalancer(to graph: inout Graph<AWSCloud>, _ region: String) throws {
        try add(
            "alb-5xx", "Answers with 5xx, per cent of all.",
            .expression(
                "IF(requests > 0, 100 * (FILL(services, 0) + FILL(balancer, 0)) / requests, 0)",
                of: [
                    "requests": metrics.loadBalancer("RequestCount", "Sum"),
                    "services": metrics.loadBalancer("HTTPCode_Target_5XX_Count", "Sum"),
                    "balancer": metrics.loadBalancer("HTTPCode_ELB_5XX_Count", "Sum"),
                ]),
            over: stack.alarms.alb5xxPercent, periods: 3, to: &graph, region)
        try add(
            "alb-p99", "Seconds that one answer in a hundred takes longer than.",
            .metric(metrics.loadBalancer("TargetResponseTime", "p99")), over: stack.alarms.p99Seconds, periods: 3,
            to: &graph, region)
        for (role, group) in metrics.services.targetGroups.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try add(
                "\(role.rawValue)-unhealthy", "Tasks of \(role.rawValue) that fail their health checks.",
                .metric(metrics.target(group, "UnHealthyHostCount", "Maximum")), over: 0, periods: 3, to: &graph, region
            )
        }
    }

    private func addServices(to graph: inout Graph<AWSCloud>, _ region: String) throws {
        for (role, service) in metrics.services.services.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try add(
                "\(role.rawValue)-cpu", "CPU of \(role.rawValue), per cent: autoscaling does not keep up.",
                .metric(metrics.service(service, "CPUUtilization", "Average")), over: stack.alarms.cpuPercent,
                periods: 5,
                to: &graph, region)
            try add(
                "\(role.rawValue)-memory", "Memory of \(role.rawValue), per cent: tasks will be killed at 100.",
                .metric(metrics.service(service, "MemoryUtilization", "Average")), over: stack.alarms.memoryPercent,
                periods: 5, to: &graph, region)
        }
    }

    private func addQueues(to graph: inout Graph<AWSCloud>, _ region: String) throws {
        let deadLetters = metrics.queue(
            metrics.dataPlane.deadLetterQueue, "ApproximateNumberOfMessagesVisible", "Maximum")
        try add(
            "deadletters", "Orders that the workers gave up: a bug or a long outage.", .metric(deadLetters), over: 0,
            periods: 1, to: &graph, region)
    }

    private func addRedis(to graph: inout Graph<AWSCloud>, _ region: String) throws {
        try addRedis(
            "redis-cpu", "Engine CPU of a Redis node, per cent.", "EngineCPUUtilization", "Maximum", "MAX",
            over: stack.alarms.cpuPercent, to: &graph, region)
        try addRedis(
            "redis-evictions", "Keys that Redis dropped for want of memory.", "Evictions", "Sum", "SUM", over: 0,
            to: &graph, region)
        try addRedis(
            "redis-lag", "Seconds that a Redis replica is behind.", "ReplicationLag", "Maximum", "MAX",
            over: stack.alarms.redisReplicationLagSeconds, to: &graph, region)
    }

    /// One alarm for every ten nodes: an expression takes no more.
    private func addRedis(
        _ name: String, _ purpose: String, _ metric: String, _ statistic: String, _ function: String,
        over threshold: Double, to graph: inout Graph<AWSCloud>, _ region: String
    ) throws {
        let nodes = metrics.redis(metric, statistic, prefix: "n")
        for (index, start) in stride(from: 0, to: nodes.count, by: StackMetrics.metricsInAlarm).enumerated() {
            let part = nodes[start..<min(start + StackMetrics.metricsInAlarm, nodes.count)]
            try add(
                index == 0 ? name : "\(name)-\(index + 1)", purpose,
                .expression(
                    "\(function)(FILL([\(part.map(\.id).joined(separator: ", "))], 0))",
                    of: Dictionary(uniqueKeysWithValues: part.map { ($0.id, $0.metric) })),
                over: threshold, periods: 3, to: &graph, region)
        }
    }

    private func addDatabases(to graph: inout Graph<AWSCloud>, _ region: String) throws {
        try add(
            "aurora-acu", "Capacity of Aurora, per cent of its maximum.",
            .metric(metrics.aurora("ACUUtilization", "Maximum")),
            over: stack.alarms.auroraACUPercent, periods: 5, to: &graph, region)
        try add(
            "aurora-connections", "Connections to one Aurora instance.",
            .metric(metrics.aurora("DatabaseConnections", "Maximum")), over: stack.alarms.auroraConnections, periods: 3,
            to: &graph, region)
        try add(
            "table-throttles", "Requests that the seat table refused: a hot partition.",
            .expression(
                "FILL(reads, 0) + FILL(writes, 0)",
                of: [
                    "reads": metrics.seatTable("ReadThrottleEvents", "Sum"),
                    "writes": metrics.seatTable("WriteThrottleEvents", "Sum"),
                ]),
            over: 0, periods: 1, to: &graph, region)
    }
}
