import Foundation
import Provisioning
import TestSupport
import Testing

@testable import AWSResources

@Suite struct ContainersTests {
    static func reference(_ name: String, _ output: String) -> Input {
        .output(OutputReference(node: NodeID(region: "ap-northeast-1", name: name), output: output))
    }

    // MARK: cluster and log groups

    static let cluster = ECSCluster(
        name: "ticket", capacityProviders: ["FARGATE", "FARGATE_SPOT"],
        defaultStrategy: [CapacityProvider("FARGATE", weight: 1)], hasContainerInsights: true)

    static func clusterAnswer(_ status: String, insights: String = "enabled") -> String {
        """
        {"clusters":[{"clusterArn":"arn:c","clusterName":"ticket","status":"\(status)",
        "settings":[{"name":"containerInsights","value":"\(insights)"}],
        "capacityProviders":["FARGATE_SPOT","FARGATE"],
        "defaultCapacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}],
        "tags":\(ScriptedCloud.tagList("cluster"))}]}
        """
    }

    @Test func aClusterIsReadWithTagsAndSettingsInOneCall() async throws {
        let cloud = ScriptedCloud(["DescribeClusters": [.json(Self.clusterAnswer("ACTIVE"))]])
        let found = try #require(try await Self.cluster.read(cloud.scope("cluster")))
        #expect(found.owner == .ours && found.state == .ready)
        #expect(Self.cluster.changes(from: found.settings, Values()) == [])
        #expect(cloud.body(of: "DescribeClusters")?["include"] as? [String] == ["SETTINGS", "TAGS"])
    }

    @Test func aDeletedClustersGhostIsNothing() async throws {
        let cloud = ScriptedCloud(["DescribeClusters": [.json(Self.clusterAnswer("INACTIVE"))]])
        #expect(try await Self.cluster.read(cloud.scope("cluster")) == nil)
    }

    @Test func onlyTheChangedHalfOfAClusterIsSent() async throws {
        let reading = ScriptedCloud(["DescribeClusters": [.json(Self.clusterAnswer("ACTIVE", insights: "disabled"))]])
        let found = try #require(try await Self.cluster.read(reading.scope("cluster")))
        let changes = Self.cluster.changes(from: found.settings, Values())
        #expect(changes == [Change("containerInsights", from: "disabled", to: "enabled")])
        let cloud = ScriptedCloud(["UpdateClusterSettings": [.json("{}")]])
        _ = try await Self.cluster.update(found.settings, changes, cloud.scope("cluster"))
        #expect(cloud.actions == ["UpdateClusterSettings"])
    }

    @Test func logGroupsAreListedOnceAndReadTheirOwnTags() async throws {
        let cloud = ScriptedCloud([
            "DescribeLogGroups": [
                .json(
                    "{\"logGroups\":[{\"logGroupName\":\"/ecs/ticket-public\",\"retentionInDays\":30},"
                        + "{\"logGroupName\":\"/ecs/ticket-worker\"}]}")
            ],
            "ListTagsForResource": [.json("{\"tags\":{\"tickctl:stack\":\"ticket\",\"tickctl:id\":\"logs-public\"}}")],
        ])
        func group(_ role: String) -> LogGroup {
            LogGroup(name: "/ecs/ticket-\(role)", listedBy: "/ecs/ticket-", retentionDays: 30)
        }
        let scope = cloud.scope("logs-public")
        let found = try #require(try await group("public").read(scope))
        #expect(found.owner == .ours && group("public").changes(from: found.settings, Values()) == [])
        #expect(try await group("confirm").read(scope) == nil)
        // Killed between CreateLogGroup and PutRetentionPolicy: the next run sees the missing half.
        let half = try #require(try await group("worker").read(scope))
        #expect(
            group("worker").changes(from: half.settings, Values()) == [Change("retentionDays", from: nil, to: "30")])
        #expect(cloud.actions.filter { $0 == "DescribeLogGroups" }.count == 1)
    }

    @Test func aStarIsOnlyForWhatHasNoResourceAndMakingNeedsTheStacksTag() {
        let place = Place(
            partition: "aws", account: "123456789012", region: "ap-northeast-1", stack: "ticket", id: "x")
        let permissions = Self.cluster.permissions(at: place) + Self.definition.permissions(at: place)
        let everywhere = permissions.filter { $0.resources.contains("*") }
        let unconditional = everywhere.filter(\.conditions.isEmpty).flatMap(\.actions)
        #expect(
            Set(unconditional) == [
                "ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions",
            ])
        for permission in everywhere where !permission.conditions.isEmpty {
            #expect(permission.conditions == ["StringEquals": ["aws:RequestTag/tickctl:stack": ["ticket"]]])
        }
        let passing = permissions.first { $0.actions.contains("iam:PassRole") }
        #expect(passing?.conditions == ["StringEquals": ["iam:PassedToService": ["ecs-tasks.amazonaws.com"]]])
    }

    // MARK: task definitions

    static let definition = TaskDefinition(
        family: "ticket-public", cpu: 1024, memoryMiB: 2048, architecture: "X86_64",
        executionRole: "arn:execution", taskRole: "arn:task",
        containers: [
            .init(
                name: "public", image: reference("image-public", "uri"), cpu: 1024, memoryMiB: 2048,
                command: ["serve", "--role", "public"], environment: ["PORT": "3000", "LOG_LEVEL": "info"],
                secrets: ["ROOM_TOKEN_KEY": "arn:secret"], port: .init(3000), user: "65532:65532",
                stopTimeoutSeconds: 30, healthCheck: .init(command: ["/usr/local/bin/tickctl", "health"]),
                log: .init(group: "/ecs/ticket-public", region: "ap-northeast-1", streamPrefix: "ecs"),
                openFiles: 65536)
        ])

    static let values = Values([
        NodeID(region: "ap-northeast-1", name: "image-public"): ["uri": "repository@sha256:ab"]
    ])

    /// What ECS answers for `definition`: its own defaults added, lists in another order.
    static func describedTask(image: String = "repository@sha256:ab", status: String = "ACTIVE") -> String {
        """
        {"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:ap-northeast-1:123456789012:task-definition/ticket-public:7",
        "family":"ticket-public","revision":7,"status":"\(status)","taskRoleArn":"arn:task",
        "executionRoleArn":"arn:execution","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],
        "compatibilities":["EC2","FARGATE"],"cpu":"1024","memory":"2048","volumes":[],"placementConstraints":[],
        "runtimePlatform":{"cpuArchitecture":"X86_64","operatingSystemFamily":"LINUX"},
        "registeredAt":1700000000.5,"registeredBy":"arn:me",
        "containerDefinitions":[{"name":"public","image":"\(image)","cpu":1024,"memory":2048,"essential":true,
        "command":["serve","--role","public"],"links":[],"mountPoints":[],"volumesFrom":[],"systemControls":[],
        "environment":[{"name":"PORT","value":"3000"},{"name":"LOG_LEVEL","value":"info"}],
        "secrets":[{"name":"ROOM_TOKEN_KEY","valueFrom":"arn:secret"}],
        "portMappings":[{"containerPort":3000,"hostPort":3000,"protocol":"tcp","name":"public-3000-tcp"}],
        "user":"65532:65532","readonlyRootFilesystem":true,"stopTimeout":30,
        "healthCheck":{"command":["CMD","/usr/local/bin/tickctl","health"],"interval":10,"timeout":5,"retries":3,
        "startPeriod":30},
        "logConfiguration":{"logDriver":"awslogs","options":{"mode":"non-blocking","max-buffer-size":"25m",
        "awslogs-group":"/ecs/ticket-public","awslogs-region":"ap-northeast-1","awslogs-stream-prefix":"ecs"}},
        "ulimits":[{"name":"nofile","softLimit":65536,"hardLimit":65536}]}]},
        "tags":\(ScriptedCloud.tagList("taskdef-public"))}
        """
    }

    @Test func whatECSAddsToATaskDefinitionIsNoChange() async throws {
        let cloud = ScriptedCloud(["DescribeTaskDefinition": [.json(Self.describedTask())]])
        let found = try #require(try await Self.definition.read(cloud.scope("taskdef-public", values: Self.values)))
        #expect(found.owner == .ours)
        #expect(Self.definition.changes(from: found.settings, Self.values) == [])
        #expect(found.outputs["arn"]?.hasSuffix("ticket-public:7") == true)
    }

    @Test func aNewImageIsOneLineAndTheNextRevision() async throws {
        let cloud = ScriptedCloud([
            "DescribeTaskDefinition": [.json(Self.describedTask(image: "repository@sha256:old"))],
            "RegisterTaskDefinition": [
                .json(Self.describedTask().replacing("ticket-public:7", with: "ticket-public:8"))
            ],
        ])
        let scope = cloud.scope("taskdef-public", values: Self.values)
        let found = try #require(try await Self.definition.read(scope))
        let changes = Self.definition.changes(from: found.settings, Self.values)
        #expect(changes == [Change("public.image", from: "repository@sha256:old", to: "repository@sha256:ab")])
        // Before the image is pushed, its name is not known.
        let unknown = Self.definition.changes(from: found.settings, Values())
        #expect(unknown == [Change("public.image", from: "repository@sha256:old", to: Change.unknown)])

        let renewed = try #require(try await Self.definition.update(found.settings, changes, scope))
        #expect(renewed.outputs["arn"]?.hasSuffix("ticket-public:8") == true)
        #expect(Self.definition.changes(from: renewed.settings, Self.values) == [])
        // The old revision stays, for rollbacks.
        #expect(cloud.actions == ["DescribeTaskDefinition", "RegisterTaskDefinition"])
        let tags = cloud.body(of: "RegisterTaskDefinition")?["tags"] as? [[String: String]]
        #expect(tags?.contains(["key": "tickctl:id", "value": "taskdef-public"]) == true)
    }

    @Test func everyLineOfATaskDefinitionIsCompared() async throws {
        let cloud = ScriptedCloud(["DescribeTaskDefinition": [.json(Self.describedTask())]])
        let settings = try #require(
            try await Self.definition.read(cloud.scope("taskdef-public", values: Self.values))
        ).settings
        func change(_ edit: (inout TaskDefinition) -> Void) -> [String] {
            var definition = Self.definition
            edit(&definition)
            return definition.changes(from: settings, Self.values).map(\.setting)
        }
        #expect(change { $0.cpu = 2048 } == ["cpu"])
        #expect(change { $0.memoryMiB = 4096 } == ["memory"])
        #expect(change { $0.architecture = "ARM64" } == ["architecture"])
        #expect(change { $0.taskRole = "arn:other" } == ["taskRole"])
        #expect(change { $0.executionRole = "arn:other" } == ["executionRole"])
        #expect(change { $0.containers[0].command = ["serve"] } == ["public.command"])
        #expect(change { $0.containers[0].environment["PORT"] = nil } == ["public.environment[PORT]"])
        #expect(change { $0.containers[0].secrets["A"] = "arn:a" } == ["public.secrets[A]"])
        #expect(change { $0.containers[0].user = "0" } == ["public.user"])
        #expect(change { $0.containers[0].hasReadOnlyRoot = false } == ["public.readOnlyRoot"])
        #expect(change { $0.containers[0].stopTimeoutSeconds = 60 } == ["public.stopTimeout"])
        #expect(change { $0.containers[0].openFiles = 1024 } == ["public.ulimits[nofile]"])
        #expect(change { $0.containers[0].healthCheck?.retries = 5 } == ["public.healthCheck.retries"])
        #expect(change { $0.containers[0].log.bufferMiB = 1 } == ["public.log[max-buffer-size]"])
        #expect(
            change { $0.containers[0].port = .init(3001) } == ["public.ports[3000]", "public.ports[3001]"])
    }

    @Test func aFamilyWithoutAnActiveRevisionIsNothing() async throws {
        let inactive = ScriptedCloud(["DescribeTaskDefinition": [.json(Self.describedTask(status: "INACTIVE"))]])
        #expect(try await Self.definition.read(inactive.scope("taskdef-public")) == nil)
        let absent = ScriptedCloud([
            "DescribeTaskDefinition": [.refusal("ClientException", "Unable to describe task definition.")]
        ])
        let error = await #expect(throws: (any Error).self) {
            try await Self.definition.read(absent.scope("taskdef-public"))
        }
        #expect(AWSErrors(ECSDispositions.entries).disposition(of: try #require(error)) == .absent)
    }

    @Test func allActiveRevisionsOfThisFamilyGo() async throws {
        let prefix = "arn:aws:ecs:ap-northeast-1:123456789012:task-definition/"
        let revisions = (1...11).map { "\"\(prefix)ticket-public:\($0)\"" } + ["\"\(prefix)ticket-public-canary:1\""]
        let cloud = ScriptedCloud([
            "ListTaskDefinitions": [.json("{\"taskDefinitionArns\":[\(revisions.joined(separator: ","))]}")],
            "DeregisterTaskDefinition": [.json("{}")], "DeleteTaskDefinitions": [.json("{}")],
        ])
        try await Self.definition.delete(.init(settings: [:]), cloud.scope("taskdef-public"))
        #expect(cloud.actions.filter { $0 == "DeregisterTaskDefinition" }.count == 11)
        #expect(cloud.actions.filter { $0 == "DeleteTaskDefinitions" }.count == 2)
        #expect(!cloud.transport.requests.contains { $0.bodyText.contains("canary") })
    }
}
