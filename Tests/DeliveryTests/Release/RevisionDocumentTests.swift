import AWSServices
import Foundation
import TestSupport
import Testing

@testable import Delivery

struct RevisionDocumentTests {
    /// A task definition as this program generates them, of any shape.
    private static func request(_ random: inout SeededGenerator) -> ECS.RegisterTaskDefinition {
        func text(_ prefix: String) -> String { "\(prefix)\(Int.random(in: 0..<1000, using: &random))" }
        let containers = (0..<Int.random(in: 1...3, using: &random)).map { index in
            let port = Bool.random(using: &random) ? Int.random(in: 1...65_535, using: &random) : nil
            return ECS.ContainerDefinition(
                name: "container\(index)", image: text("registry/image@sha256:"),
                cpu: Int.random(in: 0...2048, using: &random),
                memory: Int.random(in: 6...4096, using: &random), essential: Bool.random(using: &random),
                command: (0..<Int.random(in: 0...3, using: &random)).map { _ in text("--argument") },
                environment: (0..<Int.random(in: 0...5, using: &random)).map {
                    .init(name: "V\($0)", value: text("value"))
                },
                secrets: (0..<Int.random(in: 0...3, using: &random)).map {
                    .init(name: "S\($0)", valueFrom: text("arn:"))
                },
                portMappings: port.map {
                    [.init(containerPort: $0, hostPort: $0, protocol: Bool.random(using: &random) ? "tcp" : "udp")]
                } ?? [],
                user: Bool.random(using: &random) ? "65532:65532" : nil,
                readonlyRootFilesystem: [true, false, nil].randomElement(using: &random) ?? nil,
                stopTimeout: Bool.random(using: &random) ? Int.random(in: 1...120, using: &random) : nil,
                healthCheck: Bool.random(using: &random)
                    ? .init(
                        command: ["CMD", text("/health")], interval: [10, 30].randomElement(using: &random) ?? 30,
                        timeout: [2, 5].randomElement(using: &random) ?? 5,
                        retries: [2, 3].randomElement(using: &random) ?? 3,
                        startPeriod: [0, 30].randomElement(using: &random) ?? 0) : nil,
                logConfiguration: .init(
                    logDriver: "awslogs", options: ["awslogs-group": text("/ecs/"), "mode": "non-blocking"]),
                ulimits: Bool.random(using: &random)
                    ? [.init(name: "nofile", softLimit: 65_536, hardLimit: 65_536)] : [])
        }
        return ECS.RegisterTaskDefinition(
            family: "ticket-public", taskRoleArn: text("arn:role"), executionRoleArn: text("arn:role"),
            networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: text("1"), memory: text("2"),
            runtimePlatform: .init(
                cpuArchitecture: ["X86_64", "ARM64"].randomElement(using: &random) ?? "ARM64",
                operatingSystemFamily: "LINUX"),
            containerDefinitions: containers, tags: [.init(key: "tickctl:stack", value: "ticket")])
    }

    /// What DescribeTaskDefinition answers: its own members, its defaults wherever the request says nothing, its lists in
    /// another order. (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html, example)
    private static func described(_ request: ECS.RegisterTaskDefinition, _ random: inout SeededGenerator) throws -> Data
    {
        var members = try #require(
            JSONSerialization.jsonObject(with: JSONEncoder().encode(request)) as? [String: Any])
        members["tags"] = nil
        for (name, value) in [
            "taskDefinitionArn": "arn:aws:ecs:r:1:task-definition/ticket-public:7", "revision": 7, "status": "ACTIVE",
            "registeredAt": 1_700_000_000.5, "registeredBy": "arn:aws:iam::1:root", "volumes": [Any](),
            "placementConstraints": [Any](), "compatibilities": ["EC2", "FARGATE"],
            "requiresAttributes": [["name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"]],
            "enableFaultInjection": false,
        ] as [String: Any] { members[name] = value }
        if Bool.random(using: &random) { members["ephemeralStorage"] = ["sizeInGiB": 20] }
        let containers = try #require(members["containerDefinitions"] as? [[String: Any]])
        members["containerDefinitions"] = containers.map { container in
            var container = container
            let defaults: [String: Any] = [
                "cpu": 0, "essential": true, "mountPoints": [Any](), "volumesFrom": [Any](), "systemControls": [Any](),
                "environment": [Any](), "portMappings": [Any](), "privileged": false, "interactive": false,
                "pseudoTerminal": false, "disableNetworking": false, "links": [Any](), "dnsServers": [Any](),
                "environmentFiles": [Any](), "readonlyRootFilesystem": false, "resourceRequirements": [Any](),
                "versionConsistency": "enabled",
            ]
            for (name, value) in defaults where container[name] == nil || container[name] is NSNull {
                container[name] = value
            }
            for name in ["environment", "secrets", "ulimits"] {
                if let list = container[name] as? [Any] { container[name] = list.shuffled(using: &random) }
            }
            if var log = container["logConfiguration"] as? [String: Any] {
                log["secretOptions"] = [Any]()
                container["logConfiguration"] = log
            }
            return container
        }
        return try JSONSerialization.data(withJSONObject: members)
    }

    private static func document(_ data: Data) throws -> RevisionDocument {
        RevisionDocument(try JSONDecoder().decode(JSONDocument.self, from: data))
    }

    @Test("registered and described, a generated task definition has no difference", arguments: 0..<300)
    func roundTrip(_ number: Int) throws {
        let seed = UInt64(20_261_121 + number)
        var random = SeededGenerator(seed: seed)
        let request = Self.request(&random)
        let described = try Self.document(Self.described(request, &random))
        let differences = try described.differences(to: RevisionDocument(request))
        #expect(differences.isEmpty, "seed \(seed): \(differences)")
    }

    @Test("whatever one setting is changed, the difference names it and nothing else", arguments: 0..<100)
    func oneChange(_ number: Int) throws {
        let seed = UInt64(77 + number)
        var random = SeededGenerator(seed: seed)
        let request = Self.request(&random)
        let described = try Self.document(Self.described(request, &random))
        let changes: [(String, (inout ECS.RegisterTaskDefinition) -> Void)] = [
            ("cpu", { $0.cpu = "changed" }), ("taskRoleArn", { $0.taskRoleArn = "changed" }),
            ("containers[container0].image", { $0.containerDefinitions[0].image = "changed" }),
            (
                "containers[container0].environment[NEW]",
                {
                    $0.containerDefinitions[0].environment.append(.init(name: "NEW", value: ""))
                }
            ),
            (
                "containers[container0].essential",
                { $0.containerDefinitions[0].essential = $0.containerDefinitions[0].essential == false }
            ),
            ("containers[container0].stopTimeout", { $0.containerDefinitions[0].stopTimeout = 777 }),
            ("containers[container0].user", { $0.containerDefinitions[0].user = "changed" }),
            (
                "containers[container0].logConfiguration.options.mode",
                {
                    $0.containerDefinitions[0].logConfiguration?.options["mode"] = "blocking"
                }
            ),
        ]
        for (path, change) in changes {
            var changed = request
            change(&changed)
            let differences = try described.differences(to: RevisionDocument(changed))
            #expect(differences.map(\.path) == [path], "seed \(seed)")
        }
    }

    @Test("a setting that this program does not know of is a difference, too")
    func unknown() throws {
        var random = SeededGenerator(seed: 1)
        let request = Self.request(&random)
        var members = try #require(
            JSONSerialization.jsonObject(with: Self.described(request, &random)) as? [String: Any])
        members["pidMode"] = "task"
        members["volumes"] = [["name": "data", "host": [:] as [String: Any]]]
        let described = try Self.document(JSONSerialization.data(withJSONObject: members))
        #expect(
            try RevisionDocument(request).differences(to: described) == [
                .init(path: "pidMode", from: nil, to: "task"), .init(path: "volumes[data]", from: nil, to: "set"),
            ])
    }

    @Test("any JSON is taken without a trap")
    func strange() {
        for text in [
            "[]", "3", "null", #"{"containerDefinitions": 3}"#, #"{"containerDefinitions": [1, null, {"name": 7}]}"#,
            #"{"containerDefinitions": [{"name": "a", "environment": [[], 1, {"value": "x"}], "cpu": 1e300}]}"#,
        ] {
            #expect(throws: Never.self, "\(text)") { _ = try Self.document(Data(text.utf8)).settings }
        }
    }
}
