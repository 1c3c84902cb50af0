public import AWSResources
import Provisioning
import Ticketing

/// The graphs of one region.
public struct StackDashboard: Sendable {
    let metrics: StackMetrics

    public var ofLoadBalancer: [Widget] { [requests, latency, errors] }
    public var ofServices: [Widget] { [tasks, load] }
    public var ofQueues: [Widget] { [queue, age, deadLetters] }
    public var ofRedis: [Widget] { [redis, hitRatio] }
    public var ofAurora: [Widget] { [connections, iops, capacity] }
    public var ofSeatTable: [Widget] { [table] }

    var widgets: [Widget] { ofLoadBalancer + ofServices + ofQueues + ofRedis + ofAurora + ofSeatTable }

    private var groups: [(role: String, group: Placed<TargetGroup>)] {
        metrics.services.targetGroups.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, $0.value) }
    }

    private var services: [(role: String, service: Placed<ECSService>)] {
        metrics.services.services.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, $0.value) }
    }

    private var requests: Widget {
        Widget(
            "Requests a second", isStacked: true,
            groups.map { role, group in
                .init(
                    role,
                    .expression("\(role) / PERIOD(\(role))", of: [role: metrics.target(group, "RequestCount", "Sum")]))
            })
    }

    private var latency: Widget {
        Widget(
            "Latency, seconds",
            groups.flatMap { role, group in
                ["p95", "p99"].map { statistic in
                    .init("\(role) \(statistic)", .metric(metrics.target(group, "TargetResponseTime", statistic)))
                }
            })
    }

    private var errors: Widget {
        Widget(
            "5xx a minute",
            [
                .init("services", .metric(metrics.loadBalancer("HTTPCode_Target_5XX_Count", "Sum"))),
                .init("load balancer", .metric(metrics.loadBalancer("HTTPCode_ELB_5XX_Count", "Sum"))),
            ])
    }

    private var tasks: Widget {
        Widget(
            "Tasks desired and running",
            services.flatMap { role, service in
                [
                    .init("\(role) desired", .metric(metrics.insights(service, "DesiredTaskCount", "Average"))),
                    .init("\(role) running", .metric(metrics.insights(service, "RunningTaskCount", "Average"))),
                ]
            })
    }

    private var load: Widget {
        Widget(
            "CPU and memory of tasks, per cent",
            services.flatMap { role, service in
                [
                    .init("\(role) CPU", .metric(metrics.service(service, "CPUUtilization", "Average"))),
                    .init("\(role) memory", .metric(metrics.service(service, "MemoryUtilization", "Average"))),
                ]
            })
    }

    private var queue: Widget {
        let queue = metrics.dataPlane.queue
        return Widget(
            "Orders in the queue",
            [
                .init("waiting", .metric(metrics.queue(queue, "ApproximateNumberOfMessagesVisible", "Maximum"))),
                .init("in work", .metric(metrics.queue(queue, "ApproximateNumberOfMessagesNotVisible", "Maximum"))),
            ])
    }

    private var age: Widget {
        let queue = metrics.dataPlane.queue
        return Widget(
            "Age of the oldest order, seconds",
            [.init("age", .metric(metrics.queue(queue, "ApproximateAgeOfOldestMessage", "Maximum")))])
    }

    private var deadLetters: Widget {
        let queue = metrics.dataPlane.deadLetterQueue
        return Widget(
            "Dead letters",
            [.init("dead letters", .metric(metrics.queue(queue, "ApproximateNumberOfMessagesVisible", "Maximum")))])
    }

    private var redis: Widget {
        Widget(
            "Redis",
            [
                overNodes("engine CPU, per cent", "EngineCPUUtilization", "Maximum", "MAX", prefix: "cpu"),
                overNodes("evictions", "Evictions", "Sum", "SUM", prefix: "evicted"),
                overNodes("replication lag, seconds", "ReplicationLag", "Maximum", "MAX", prefix: "lag"),
            ])
    }

    private var hitRatio: Widget {
        let hits = metrics.redis("CacheHits", "Sum", prefix: "hit")
        let misses = metrics.redis("CacheMisses", "Sum", prefix: "miss")
        let (hit, missed) = ("SUM([\(Self.ids(hits))])", "SUM([\(Self.ids(misses))])")
        return Widget(
            "Redis hit ratio, per cent",
            [.init("hits", .expression("100 * \(hit) / (\(hit) + \(missed))", of: Self.byID(hits + misses)))])
    }

    private var connections: Widget {
        Widget(
            "Aurora connections", [.init("connections", .metric(metrics.aurora("DatabaseConnections", "Maximum")))])
    }

    private var iops: Widget {
        Widget(
            "Aurora IOPS",
            [
                .init("reads", .metric(metrics.aurora("ReadIOPS", "Average"))),
                .init("writes", .metric(metrics.aurora("WriteIOPS", "Average"))),
            ])
    }

    private var capacity: Widget {
        Widget("Aurora ACU", [.init("ACU", .metric(metrics.aurora("ServerlessDatabaseCapacity", "Maximum")))])
    }

    private var table: Widget {
        Widget(
            "Seat table",
            [
                .init("write units", .metric(metrics.seatTable("ConsumedWriteCapacityUnits", "Sum"))),
                .init("read units", .metric(metrics.seatTable("ConsumedReadCapacityUnits", "Sum"))),
                .init("throttled writes", .metric(metrics.seatTable("WriteThrottleEvents", "Sum"))),
            ])
    }

    private func overNodes(
        _ label: String, _ metric: String, _ statistic: String, _ function: String, prefix: String
    ) -> Widget.Line {
        let nodes = metrics.redis(metric, statistic, prefix: prefix)
        return .init(label, .expression("\(function)([\(Self.ids(nodes))])", of: Self.byID(nodes)))
    }

    private static func ids(_ nodes: [(id: String, metric: Metric)]) -> String {
        nodes.map(\.id).joined(separator: ", ")
    }

    private static func byID(_ nodes: [(id: String, metric: Metric)]) -> [String: Metric] {
        Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0.metric) })
    }
}
