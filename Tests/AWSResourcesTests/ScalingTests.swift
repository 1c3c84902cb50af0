import AWSServices
import Foundation
import Provisioning
import Testing

@testable import AWSResources

@Suite struct ScalingTests {
    static let resourceID = "service/ticket/ticket-worker-svc"
    static let target = ScalableTarget(resourceID: .value(resourceID), minimumTasks: 6, maximumTasks: 400)

    static func policy(_ rule: ScalingRule) -> ScalingPolicy {
        ScalingPolicy(name: "ticket-worker-backlog", resourceID: .value(resourceID), rule: rule)
    }

    static let backlog = policy(
        .tracking(
            .init(
                .expression(
                    "visible / running",
                    of: [
                        "visible": Metric("AWS/SQS", "Visible", ["QueueName": "ticket-confirm.fifo"], "Maximum"),
                        "running": Metric(
                            "ECS/ContainerInsights", "RunningTaskCount",
                            ["ServiceName": "ticket-worker-svc", "ClusterName": "ticket"], "Average"),
                    ]), target: 1000, scaleOutCooldownSeconds: 30, scaleInCooldownSeconds: 120)))

    static func targets() -> ScriptedCloud {
        ScriptedCloud([
            "DescribeScalableTargets": [
                .json(
                    """
                    {"ScalableTargets":[{"ServiceNamespace":"ecs","ResourceId":"\(resourceID)","MinCapacity":6,
                    "ScalableDimension":"ecs:service:DesiredCount","MaxCapacity":40,"ScalableTargetARN":"arn:target",
                    "SuspendedState":{"DynamicScalingInSuspended":false}}]}
                    """)
            ],
            "RegisterScalableTarget": [.json("{\"ScalableTargetARN\":\"arn:target\"}")],
        ])
    }

    @Test func allTargetsOfARegionAreOneCallAndOwnedAsTheirServices() async throws {
        let cloud = Self.targets()
        let scope = cloud.scope("scaling-worker")
        let found = try #require(try await Self.target.read(scope))
        #expect(found.owner == .inherited && found.identity == "arn:target")
        #expect(
            try await ScalableTarget(resourceID: "service/ticket/x", minimumTasks: 1, maximumTasks: 2).read(scope)
                == nil)
        #expect(cloud.actions == ["DescribeScalableTargets"])
        #expect(
            Self.target.changes(from: found.settings, Values()) == [Change("maximumTasks", from: "40", to: "400")])
    }

    @Test func onlyTheFirstRegistrationCarriesTags() async throws {
        let cloud = Self.targets()
        let scope = cloud.scope("scaling-worker")
        let made = try await Self.target.create(scope)
        #expect(Self.target.changes(from: made.settings, Values()) == [])
        let first = try #require(cloud.body(of: "RegisterScalableTarget"))
        #expect((first["Tags"] as? [String: String])?["tickctl:stack"] == "ticket")
        #expect(first["MaxCapacity"] as? Int == 400 && first["ServiceNamespace"] as? String == "ecs")
        _ = try await Self.target.update(made.settings, [], scope)
        #expect(cloud.body(of: "RegisterScalableTarget")?["Tags"] == nil)
    }

    static func policies(_ type: String, _ configuration: String) -> ScriptedCloud {
        ScriptedCloud([
            "DescribeScalingPolicies": [
                .json(
                    """
                    {"ScalingPolicies":[{"PolicyARN":"arn:policy","PolicyName":"ticket-worker-backlog",
                    "ServiceNamespace":"ecs","ResourceId":"\(resourceID)","ScalableDimension":"ecs:service:DesiredCount",
                    "PolicyType":"\(type)",\(configuration),"Alarms":[],"CreationTime":1.5}]}
                    """)
            ],
            "PutScalingPolicy": [.json("{\"PolicyARN\":\"arn:policy\",\"Alarms\":[]}")],
        ])
    }

    static let describedBacklog = """
        "TargetTrackingScalingPolicyConfiguration":{"TargetValue":1000,"ScaleOutCooldown":30,"ScaleInCooldown":120,
        "DisableScaleIn":false,"CustomizedMetricSpecification":{"Metrics":[
        {"Id":"result","Expression":"visible / running","ReturnData":true},
        {"Id":"visible","ReturnData":false,"MetricStat":{"Stat":"Maximum","Metric":{"Namespace":"AWS/SQS",
        "MetricName":"Visible","Dimensions":[{"Name":"QueueName","Value":"ticket-confirm.fifo"}]}}},
        {"Id":"running","ReturnData":false,"MetricStat":{"Stat":"Average","Metric":{"Namespace":"ECS/ContainerInsights",
        "MetricName":"RunningTaskCount","Dimensions":[{"Name":"ServiceName","Value":"ticket-worker-svc"},
        {"Name":"ClusterName","Value":"ticket"}]}}}]}}
        """

    @Test func aPolicyOfMetricMathHasNoChangeInWhateverOrderItIsDescribed() async throws {
        let cloud = Self.policies("TargetTrackingScaling", Self.describedBacklog)
        let found = try #require(try await Self.backlog.read(cloud.scope("scaling-worker-backlog")))
        #expect(Self.backlog.changes(from: found.settings, Values()) == [])
    }

    @Test func eachChangedSettingOfAPolicyIsOneLine() async throws {
        let described = Self.describedBacklog.replacing("1000", with: "900").replacing(
            "\"DisableScaleIn\":false", with: "\"DisableScaleIn\":true"
        ).replacing("visible / running", with: "visible")
        let found = try #require(
            try await Self.backlog.read(Self.policies("TargetTrackingScaling", described).scope("p")))
        let changes = Self.backlog.changes(from: found.settings, Values())
        #expect(changes.map(\.setting) == ["metric", "scaleIn", "target"])
        #expect(changes.last == Change("target", from: "900.0", to: "1000.0"))
    }

    @Test func whatIsSentIsWhatIsCompared() async throws {
        let cloud = Self.policies("TargetTrackingScaling", Self.describedBacklog)
        let made = try await Self.backlog.create(cloud.scope("scaling-worker-backlog"))
        #expect(Self.backlog.changes(from: made.settings, Values()) == [])
        let body = try #require(cloud.body(of: "PutScalingPolicy"))
        #expect(body["StepScalingPolicyConfiguration"] == nil)
        let configuration = try #require(body["TargetTrackingScalingPolicyConfiguration"] as? [String: Any])
        let custom = try #require(configuration["CustomizedMetricSpecification"] as? [String: Any])
        let metrics = try #require(custom["Metrics"] as? [[String: Any]])
        #expect(metrics.compactMap { $0["Id"] as? String } == ["running", "visible", "result"])
        #expect(metrics.filter { $0["ReturnData"] as? Bool == true }.count == 1)
    }

    @Test func aStepPolicyAddsAPercentageAndAnUnknownLabelIsAChange() async throws {
        let step = Self.policy(.step(.init(percent: 30, minimumTasks: 1, cooldownSeconds: 30)))
        let cloud = Self.policies(
            "StepScaling",
            """
            "StepScalingPolicyConfiguration":{"AdjustmentType":"PercentChangeInCapacity","Cooldown":30,
            "StepAdjustments":[{"MetricIntervalLowerBound":0.0,"ScalingAdjustment":20}],"MinAdjustmentMagnitude":1,
            "MetricAggregationType":"Average"}
            """)
        let found = try #require(try await step.read(cloud.scope("p")))
        #expect(
            step.changes(from: found.settings, Values())
                == [Change("steps", from: "20 from 0.0 to -", to: "30 from 0.0 to -")])

        let label = Input.output(OutputReference(node: NodeID(region: "r", name: "alb"), output: "arnSuffix"))
        let requests = Self.policy(
            .tracking(
                .init(
                    .requestsPerTarget(label: "\(label)/targetgroup/g/1"), target: 48_000, scaleOutCooldownSeconds: 30,
                    scaleInCooldownSeconds: 120)))
        var observed = found.settings
        observed.settings = [
            "metric": "ALBRequestCountPerTarget app/a/1/targetgroup/g/1", "target": "48000.0", "scaleIn": "enabled",
            "scaleOutCooldown": "30", "scaleInCooldown": "120", "type": "TargetTrackingScaling",
        ]
        #expect(requests.changes(from: observed, Values()).map(\.setting) == ["metric"])
        let known = Values([NodeID(region: "r", name: "alb"): ["arnSuffix": "app/a/1"]])
        #expect(requests.changes(from: observed, known) == [])
    }
}
