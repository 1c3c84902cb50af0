import AWSResources
import Provisioning
import Ticketing

/// The metrics of one region's stack, as alarms, dashboard and scaling policies use them.
struct StackMetrics: Sendable {
    let stack: Stack
    let cluster: ClusterStep
    let dataPlane: DataPlaneStep
    let services: ServicesStep

    /// The most metrics that one alarm's expression may use
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html).
    static let metricsInAlarm = 10

    /// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    func loadBalancer(_ name: String, _ statistic: String) -> Metric {
        Metric("AWS/ApplicationELB", name, ["LoadBalancer": services.loadBalancer.arnSuffix], statistic)
    }

    /// - Parameter group: of the same load balancer.
    func target(_ group: Placed<TargetGroup>, _ name: String, _ statistic: String) -> Metric {
        Metric(
            "AWS/ApplicationELB", name,
            ["LoadBalancer": services.loadBalancer.arnSuffix, "TargetGroup": group.arnSuffix], statistic)
    }

    /// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    func service(_ service: Placed<ECSService>, _ name: String, _ statistic: String) -> Metric {
        Metric("AWS/ECS", name, dimensions(of: service), statistic)
    }

    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    func insights(_ service: Placed<ECSService>, _ name: String, _ statistic: String) -> Metric {
        Metric("ECS/ContainerInsights", name, dimensions(of: service), statistic)
    }

    /// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    func queue(_ queue: Placed<SQSQueue>, _ name: String, _ statistic: String) -> Metric {
        Metric("AWS/SQS", name, ["QueueName": queue.name], statistic)
    }

    /// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
    func aurora(_ name: String, _ statistic: String) -> Metric {
        Metric("AWS/RDS", name, ["DBClusterIdentifier": dataPlane.aurora.identifier], statistic)
    }

    /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    func seatTable(_ name: String, _ statistic: String) -> Metric {
        Metric("AWS/DynamoDB", name, ["TableName": dataPlane.seatTable.name], statistic)
    }

    /// One metric a node, by ids that begin with `prefix`: ElastiCache publishes nothing for a whole replication group
    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html).
    func redis(_ name: String, _ statistic: String, prefix: String) -> [(id: String, metric: Metric)] {
        (1...max(1, stack.redis.shards)).flatMap { shard in
            (1...(1 + stack.redis.replicasPerShard)).map { node in
                let suffix = "\(Self.padded(shard, 4))-\(Self.padded(node, 3))"
                let metric = Metric(
                    "AWS/ElastiCache", name, ["CacheClusterId": "\(dataPlane.redis.identifier)-\(suffix)"], statistic)
                return (id: "\(prefix)\(shard)x\(node)", metric: metric)
            }
        }
    }

    private func dimensions(of service: Placed<ECSService>) -> [String: Input] {
        ["ClusterName": cluster.cluster.name, "ServiceName": service.name]
    }

    /// `number` with zeros before it, as ElastiCache numbers shards and nodes.
    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
