import AWSCore
import AWSServices
public import Provisioning

/// The latest active revision of a family of task definitions.
public struct TaskDefinition: AWSResource {
    public static let type = "ecs:task-definition"
    public static let explanation = """
        Says how a task of one role runs: image by digest, command, CPU and memory, environment, secrets, roles. A \
        revision never changes: another setting makes the next one, and the old ones stay for rollbacks.
        """
    public static let identification = Identification.tags
    public static let renewedOutputs: Set<String> = ["arn"]

    public var family: String
    /// CPU units, 1024 a vCPU.
    public var cpu: Int
    public var memoryMiB: Int
    /// "X86_64" or "ARM64".
    public var architecture: String
    /// ARN of the role that pulls the image, reads the injected secrets and writes the logs.
    public var executionRole: Input
    /// ARN of the role that the program itself has.
    public var taskRole: Input
    public var containers: [Container]

    public init(
        family: String, cpu: Int, memoryMiB: Int, architecture: String, executionRole: Input, taskRole: Input,
        containers: [Container]
    ) {
        self.family = family
        self.cpu = cpu
        self.memoryMiB = memoryMiB
        self.architecture = architecture
        self.executionRole = executionRole
        self.taskRole = taskRole
        self.containers = containers
    }

    /// What `DescribeTaskDefinition` says of it.
    public struct Observed: Sendable, Equatable {
        /// Every managed setting as text, by its path.
        public var settings: [String: String]
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let answer = try await scope.send(ECS.DescribeTaskDefinition(taskDefinition: family))
        guard answer.taskDefinition.status == "ACTIVE" else { return nil }
        return observation(answer.taskDefinition, owner: scope.tags.owner(of: answer.tags.byKey))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let request = try request(tags: scope.tags.all) { try scope.value($0) }
        return observation(try await scope.send(request).taskDefinition, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        let desired = request(tags: [:]) { values.known($0) ?? Change.unknown }
        var list = ChangeList()
        let settings = TaskSettings(desired).settings
        for key in Set(settings.keys).union(observed.settings.keys).sorted() {
            list.compare(key, observed: observed.settings[key], desired: settings[key])
        }
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await create(scope)
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        let active = try await scope.cloud.client.all(
            ECS.ListTaskDefinitions(familyPrefix: family, status: "ACTIVE"), region: scope.region
        ) { $0.taskDefinitionArns }
        // Another family may begin with this one's name.
        let revisions = active.filter { $0.contains(":task-definition/\(family):") }
        for revision in revisions {
            _ = try await scope.send(ECS.DeregisterTaskDefinition(taskDefinition: revision))
        }
        for start in stride(from: 0, to: revisions.count, by: 10) {
            // What tasks still use comes back as a failure and goes by itself when they end.
            _ = try await scope.send(
                ECS.DeleteTaskDefinitions(taskDefinitions: Array(revisions[start..<min(start + 10, revisions.count)])))
        }
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            ContainerPermissions.registering(at: place),
            Permission(
                ["ecs:DeleteTaskDefinitions", "ecs:TagResource"], on: ContainerPermissions.resources(at: place)),
            // ECS knows no resource for these.
            Permission(
                ["ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"], on: ["*"]),
            Permission(
                ["iam:PassRole"], on: [place.arn("iam", "role/\(place.stack)-*", global: true)],
                conditions: ["StringEquals": ["iam:PassedToService": ["ecs-tasks.amazonaws.com"]]]),
        ]
    }

    func request(
        tags: [String: String], _ text: (Input) throws -> String
    ) rethrows -> ECS.RegisterTaskDefinition {
        ECS.RegisterTaskDefinition(
            family: family, taskRoleArn: try text(taskRole), executionRoleArn: try text(executionRole),
            networkMode: "awsvpc", requiresCompatibilities: ["FARGATE"], cpu: String(cpu), memory: String(memoryMiB),
            runtimePlatform: .init(cpuArchitecture: architecture, operatingSystemFamily: "LINUX"),
            containerDefinitions: try containers.map { try $0.definition(text) },
            volumes: Set(containers.compactMap(\.writableFolder?.volume)).sorted().map { .init(name: $0) },
            tags: .init(tags))
    }

    private func observation(_ found: ECS.TaskDefinition, owner: Owner) -> Observation<Observed> {
        Observation(
            Observed(settings: TaskSettings(found).settings), identity: found.taskDefinitionArn,
            outputs: ["arn": found.taskDefinitionArn, "family": family], owner: owner)
    }
}

extension Placed where R == TaskDefinition {
    /// With the revision.
    public var arn: Input { output("arn") }
    public var family: Input { output("family") }
}
