import AWSResources
import Foundation
import Provisioning
import Testing
import Ticketing

@testable import TicketSteps

@Suite struct AutoscalingStepTests {
    private static func alarms(_ graph: Graph<AWSCloud>) -> [(node: NodeID, alarm: MetricAlarm)] {
        graph.nodes.filter { $0.id.region == ServicesStepTests.region }.compactMap { node in
            (node.resource as? MetricAlarm).map { (node: node.id, alarm: $0) }
        }
    }

    private static func reference(_ node: String, _ output: String = "arn") -> Input {
        .output(OutputReference(node: NodeID(region: ServicesStepTests.region, name: node), output: output))
    }

    private static func tracking(_ name: String, _ graph: Graph<AWSCloud>) throws -> ScalingRule.TargetTracking {
        let policy = try #require(try ServicesStepTests.node(name, graph).resource as? ScalingPolicy)
        guard case .tracking(let tracking) = policy.rule else {
            throw ProvisioningError(.failed, "\(name) tracks no target")
        }
        return tracking
    }

    @Test func requestsAreTrackedByTheMinuteUnderTheLabelOfTheirTargetGroup() throws {
        let graph = try ServicesStepTests.graph()
        for role in ["public", "confirm"] {
            let tracking = try Self.tracking("scaling-\(role)-requests", graph)
            #expect(tracking.target == 48_000)
            guard case .requestsPerTarget(let label) = tracking.metric else {
                Issue.record("\(role) tracks another metric")
                continue
            }
            let values = Values([
                NodeID(region: ServicesStepTests.region, name: "alb"): ["arnSuffix": "app/ticket-alb/1"],
                NodeID(region: ServicesStepTests.region, name: "tg-\(role)"): ["arnSuffix": "targetgroup/t/2"],
            ])
            #expect(values.known(label) == "app/ticket-alb/1/targetgroup/t/2")
        }
        let cpu = try Self.tracking("scaling-public-cpu", graph)
        #expect(cpu.target == 60 && cpu.scaleOutCooldownSeconds == 30 && cpu.scaleInCooldownSeconds == 120)
    }

    @Test func theWorkerIsScaledByItsBacklogATask() throws {
        let graph = try ServicesStepTests.graph()
        let tracking = try Self.tracking("scaling-worker-backlog", graph)
        #expect(tracking.target == 1000)
        guard case .expression(let expression, of: let metrics) = tracking.metric else {
            Issue.record("the backlog is no expression")
            return
        }
        #expect(expression == "visible / running" && Set(metrics.keys) == ["visible", "running"])
        #expect(metrics["running"]?.namespace == "ECS/ContainerInsights")
        #expect(graph[NodeID(region: ServicesStepTests.region, name: "scaling-worker-cpu")] == nil)
    }

    @Test func slowAnswersAndOldOrdersCallAStepPolicyAndTheTopic() throws {
        let graph = try ServicesStepTests.graph()
        for (name, policy, percent, periods) in [
            ("public-p95", "scaling-public-p95", 20, 2), ("confirm-p95", "scaling-confirm-p95", 20, 2),
            ("queue-age", "scaling-worker-age", 30, 1),
        ] {
            let alarm = try #require(try ServicesStepTests.node("alarm-\(name)", graph).resource as? MetricAlarm)
            #expect(alarm.alarmActions == [Self.reference(policy), Self.reference("topic-alarms")])
            #expect(alarm.periods == periods && alarm.periodSeconds == 60)
            let rule = try #require(try ServicesStepTests.node(policy, graph).resource as? ScalingPolicy).rule
            guard case .step(let step) = rule else {
                Issue.record("\(policy) is no step policy")
                continue
            }
            #expect(step.percent == percent)
        }
    }

    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
    @Test(arguments: [(3, 1), (5, 1), (6, 3)])
    func everyAlarmTellsTheTopicAndFitsCloudWatchsLimits(shards: Int, replicas: Int) throws {
        let graph = try ServicesStepTests.graph {
            $0.redis.shards = shards
            $0.redis.replicasPerShard = replicas
        }
        let alarms = Self.alarms(graph)
        #expect(Set(alarms.map(\.alarm.name)).count == alarms.count)
        let values = Values([
            NodeID(region: ServicesStepTests.region, name: "redis"): ["identifier": "ticket-redis"]
        ])
        var nodesWatched: Set<String> = []
        for (node, alarm) in alarms {
            #expect(node.name == "alarm-" + alarm.name.dropFirst("ticket-".count))
            #expect(alarm.alarmActions.last == Self.reference("topic-alarms"))
            guard case .expression(let expression, of: let metrics) = alarm.source else { continue }
            #expect(metrics.count <= 10)
            for (id, metric) in metrics {
                #expect(id.wholeMatch(of: #/[a-z][A-Za-z0-9_]*/#) != nil && expression.contains(id))
                if metric.name == "Evictions", let dimension = metric.dimensions["CacheClusterId"] {
                    nodesWatched.insert(try #require(values.known(dimension)))
                }
            }
        }
        #expect(nodesWatched.count == shards * (1 + replicas))
        #expect(nodesWatched.isSuperset(of: ["ticket-redis-0001-002", "ticket-redis-000\(shards)-001"]))
    }

    @Test func theDashboardShowsWhatTheRunbookAsksFor() throws {
        let graph = try ServicesStepTests.graph()
        let dashboard = try #require(try ServicesStepTests.node("dashboard", graph).resource as? Dashboard)
        #expect(dashboard.name == "ticket-ap-northeast-1" && dashboard.region == "ap-northeast-1")
        #expect(Set(dashboard.widgets.map(\.title)).count == dashboard.widgets.count)
        var shown: Set<String> = []
        for widget in dashboard.widgets {
            var ids: [String] = []
            for line in widget.lines {
                switch line.source {
                case .metric(let metric): shown.insert(metric.name)
                case .expression(_, of: let metrics):
                    ids += metrics.keys
                    shown.formUnion(metrics.values.map(\.name))
                }
            }
            #expect(Set(ids).count == ids.count, "ids of \(widget.title) are unique")
        }
        #expect(
            shown.isSuperset(of: [
                "RequestCount", "TargetResponseTime", "DesiredTaskCount", "RunningTaskCount",
                "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "CacheHits", "CacheMisses",
                "DatabaseConnections", "ReadIOPS", "WriteIOPS", "ServerlessDatabaseCapacity",
            ]))
    }

    @Test func aScalableTargetGoesBeforeItsService() throws {
        let graph = try ServicesStepTests.graph()
        for role in Role.allCases {
            let target = try ServicesStepTests.node("scaling-\(role.rawValue)", graph)
            #expect(target.dependencies.map(\.name).contains("service-\(role.rawValue)"))
            #expect(target.dependencies.map(\.name).contains("slr-autoscaling"))
        }
    }
}
