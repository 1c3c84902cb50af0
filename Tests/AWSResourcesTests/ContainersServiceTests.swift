import AWSServices
import Foundation
import Provisioning
import Testing

@testable import AWSResources

@Suite struct ContainersServiceTests {
    static let definitionNode = NodeID(region: "ap-northeast-1", name: "taskdef-public")

    static let service = ECSService(
        name: "ticket-public-svc", cluster: "ticket", describedWith: ["ticket-public-svc", "ticket-worker-svc"],
        taskDefinition: .output(OutputReference(node: definitionNode, output: "arn")), initialTasks: 24,
        subnets: ["subnet-a", "subnet-b"], securityGroups: ["sg-ecs"],
        target: .init(group: "arn:tg", container: "public", port: 3000), healthCheckGraceSeconds: 60)

    static func values(_ revision: Int = 7) -> Values { Values([definitionNode: ["arn": "definition:\(revision)"]]) }

    /// A service as ECS describes it.
    static func described(
        status: String = "ACTIVE", revision: Int = 7, rollout: String = "COMPLETED", running: Int = 24,
        zones: Bool = true
    ) -> String {
        """
        {"serviceArn":"arn:s","serviceName":"ticket-public-svc","clusterArn":"arn:c","status":"\(status)",
        "taskDefinition":"definition:\(revision)","desiredCount":31,"runningCount":\(running),"pendingCount":0,
        "launchType":"FARGATE","platformVersion":"LATEST","platformFamily":"Linux","schedulingStrategy":"REPLICA",
        "networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-b","subnet-a"],"securityGroups":["sg-ecs"],
        "assignPublicIp":"DISABLED"}},
        "loadBalancers":[{"targetGroupArn":"arn:tg","containerName":"public","containerPort":3000}],
        "healthCheckGracePeriodSeconds":60,\(zones ? "\"availabilityZoneRebalancing\":\"ENABLED\"," : "")
        "deploymentConfiguration":{"deploymentCircuitBreaker":{"enable":true,"rollback":true},"maximumPercent":200,
        "minimumHealthyPercent":100,"alarms":{"alarmNames":[],"enable":false,"rollback":false},"strategy":"ROLLING"},
        "deployments":[{"id":"d","status":"PRIMARY","taskDefinition":"definition:\(revision)","desiredCount":31,
        "runningCount":\(running),"failedTasks":0,"rolloutState":"\(rollout)","rolloutStateReason":"reason"}],
        "propagateTags":"SERVICE","enableECSManagedTags":true,"tags":\(ScriptedCloud.tagList("service-public"))}
        """
    }

    static func answer(_ services: String...) -> ScriptedCloud.Answer {
        .json("{\"services\":[\(services.joined(separator: ","))],\"failures\":[]}")
    }

    @Test func aRunningServiceHasNoChangeWhateverAutoscalingMadeOfItsCount() async throws {
        let cloud = ScriptedCloud(["DescribeServices": [Self.answer(Self.described())]])
        let scope = cloud.scope("service-public", values: Self.values())
        let found = try #require(try await Self.service.read(scope))
        #expect(found.owner == .ours && found.state == .ready)
        #expect(Self.service.changes(from: found.settings, Self.values()) == [])
        #expect(cloud.body(of: "DescribeServices")?["services"] as? [String] == Self.service.describedWith)
        _ = try await Self.service.read(scope)
        #expect(cloud.actions == ["DescribeServices"])
    }

    @Test func zoneRebalancingNotReportedIsNoChangeButReportedOtherwiseIs() async throws {
        let silent = ScriptedCloud(["DescribeServices": [Self.answer(Self.described(zones: false))]])
        let quiet = try #require(try await Self.service.read(silent.scope("service-public", values: Self.values())))
        #expect(Self.service.changes(from: quiet.settings, Self.values()) == [])
        var observed = quiet.settings
        observed.zoneRebalancing = "DISABLED"
        #expect(Self.service.changes(from: observed, Self.values()).map(\.setting) == ["zoneRebalancing"])
    }

    @Test func anUpdateSendsWhatChangedAndNeverTheCount() async throws {
        let cloud = ScriptedCloud([
            "DescribeServices": [Self.answer(Self.described())],
            "UpdateService": [.json("{\"service\":\(Self.described(revision: 8, rollout: "IN_PROGRESS"))}")],
        ])
        let scope = cloud.scope("service-public", values: Self.values(8))
        let before = cloud.scope("service-public", values: Self.values(7))
        let observed = try #require(try await Self.service.read(before)).settings
        let changes = Self.service.changes(from: observed, Self.values(8))
        #expect(changes == [Change("taskDefinition", from: "definition:7", to: "definition:8")])
        let changed = try #require(try await Self.service.update(observed, changes, scope))
        #expect(changed.state == .changing("rolling out, 24 of 31 tasks run"))
        let body = try #require(cloud.body(of: "UpdateService"))
        #expect(Set(body.keys) == ["cluster", "service", "taskDefinition"])
    }

    @Test func theFirstCountIsSentWithTheCreatingCall() async throws {
        let cloud = ScriptedCloud(["CreateService": [.json("{\"service\":\(Self.described(rollout: "IN_PROGRESS"))}")]])
        let made = try await Self.service.create(cloud.scope("service-public", values: Self.values()))
        #expect(made.state == .changing("rolling out, 24 of 31 tasks run"))
        let body = try #require(cloud.body(of: "CreateService"))
        #expect(body["desiredCount"] as? Int == 24)
        #expect(body["launchType"] as? String == "FARGATE")
        #expect(body["clientToken"] == nil)
        #expect(body["availabilityZoneRebalancing"] as? String == "ENABLED")
    }

    @Test func aRolledBackServiceIsStableButFailed() async throws {
        // Revision 8 was asked for; ECS went back to 7, whose rollout is complete.
        let rolledBack = ScriptedCloud([
            "DescribeServices": [Self.answer(Self.described(revision: 7))],
            "ListServiceDeployments": [
                .json(
                    "{\"serviceDeployments\":[{\"status\":\"ROLLBACK_SUCCESSFUL\","
                        + "\"statusReason\":\"tasks failed to start\"}]}")
            ],
        ])
        let found = try #require(
            try await Self.service.read(rolledBack.scope("service-public", values: Self.values(8))))
        #expect(found.state == .failed("ROLLBACK_SUCCESSFUL, definition:7 runs: tasks failed to start"))

        // A describe that lags behind looks the same but for the latest deployment.
        let lagging = ScriptedCloud([
            "DescribeServices": [Self.answer(Self.described(revision: 7))],
            "ListServiceDeployments": [.json("{\"serviceDeployments\":[{\"status\":\"IN_PROGRESS\"}]}")],
        ])
        let early = try #require(try await Self.service.read(lagging.scope("service-public", values: Self.values(8))))
        #expect(early.state == .changing("rollout not begun"))
    }

    @Test func aFailedRolloutIsAFailureAndADrainingServiceIsOnItsWayOut() async throws {
        let failed = ScriptedCloud(["DescribeServices": [Self.answer(Self.described(rollout: "FAILED"))]])
        #expect(
            try await Self.service.read(failed.scope("service-public", values: Self.values()))?.state
                == .failed("rollout failed: reason"))
        let draining = ScriptedCloud(["DescribeServices": [Self.answer(Self.described(status: "DRAINING"))]])
        #expect(
            try await Self.service.read(draining.scope("service-public", values: Self.values()))?.state
                == .deleting("DRAINING"))
        let ghost = ScriptedCloud(["DescribeServices": [Self.answer(Self.described(status: "INACTIVE"))]])
        #expect(try await Self.service.read(ghost.scope("service-public", values: Self.values())) == nil)
    }

    @Test(arguments: [
        ("InvalidParameterException", "Creation of service was not idempotent.", ErrorDisposition.alreadyExists),
        ("ClientException", "Creation of service was not idempotent.", .alreadyExists),
        (
            "InvalidParameterException",
            "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
            .propagating
        ),
        (
            "InvalidParameterException",
            "The target group with targetGroupArn x does not have an associated load balancer.", .propagating
        ),
        ("InvalidParameterException", "Unable to Start a service that is still Draining.", .busy),
        ("InvalidParameterException", "Container port 3000 was not found.", .fatal),
    ])
    func refusalsOfCreateServiceAreToldApart(
        _ code: String, _ message: String, _ expected: ErrorDisposition
    ) async throws {
        let cloud = ScriptedCloud(["CreateService": [.refusal(code, message)]])
        let error = await #expect(throws: (any Error).self) {
            try await Self.service.create(cloud.scope("service-public", values: Self.values()))
        }
        #expect(AWSErrors(ECSDispositions.entries).disposition(of: try #require(error)) == expected)
    }

    @Test func everySettingOfAServiceIsCompared() async throws {
        let cloud = ScriptedCloud(["DescribeServices": [Self.answer(Self.described())]])
        let observed = try #require(
            try await Self.service.read(cloud.scope("service-public", values: Self.values()))
        ).settings
        func change(_ edit: (inout ECSService.Observed) -> Void) -> [String] {
            var other = observed
            edit(&other)
            return Self.service.changes(from: other, Self.values()).map(\.setting)
        }
        #expect(change { $0.subnets.remove("subnet-a") } == ["subnets[subnet-a]"])
        #expect(change { $0.securityGroups = ["sg-x"] } == ["securityGroups[sg-ecs]", "securityGroups[sg-x]"])
        #expect(change { $0.assignsPublicAddresses = true } == ["assignsPublicAddresses"])
        #expect(change { $0.targets = [] } == ["targets[arn:tg public:3000]"])
        #expect(change { $0.healthCheckGraceSeconds = 0 } == ["healthCheckGraceSeconds"])
        #expect(change { $0.capacity = "FARGATE_SPOT weight 1 base 0" } == ["capacity"])
        #expect(change { $0.minimumHealthyPercent = 50 } == ["minimumHealthyPercent"])
        #expect(change { $0.maximumPercent = 150 } == ["maximumPercent"])
        #expect(change { $0.circuitBreaker = "off" } == ["circuitBreaker"])
        #expect(change { $0.deploymentAlarms = ["a"] } == ["deploymentAlarms[a]"])
        #expect(change { $0.propagateTags = "NONE" } == ["propagateTags"])
        #expect(change { $0.hasManagedTags = false } == ["managedTags"])
    }
}
