public import AWSResources
public import Provisioning
public import Ticketing

/// Step 04: a task definition a role, generated from what the role declares that it needs, and the load generator's.
public struct TaskDefinitionsStep {
    public static let id: StepID = "04-taskdefs"

    public let taskDefinitions: [Role: Placed<TaskDefinition>]
    public let load: Placed<TaskDefinition>

    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, context: StackContext,
        repositories: RepositoriesStep, access: AccessStep, cluster: ClusterStep, dataPlane: DataPlaneStep
    ) throws {
        var taskDefinitions: [Role: Placed<TaskDefinition>] = [:]
        for role in Role.allCases {
            guard let image = repositories.images[role], let taskRole = access.taskRoles[role],
                let logGroup = cluster.logGroups[role]
            else { preconditionFailure("every role has an image, a task role and a log group") }
            let builder = TaskBuilder(
                declaration: role.declaration, stack: stack, region: region, image: image.uri, logGroup: logGroup.name,
                dataPlane: dataPlane)
            taskDefinitions[role] = try graph.add(
                "taskdef-\(role.rawValue)", in: region.name, step: Self.id,
                TaskDefinition(
                    family: stack.programName(role), cpu: stack.tasks.cpu, memoryMiB: stack.tasks.memoryMiB,
                    architecture: Self.architecture(stack, context), executionRole: access.executionRole.arn,
                    taskRole: taskRole.arn, containers: builder.containers))
        }
        self.taskDefinitions = taskDefinitions
        guard let image = repositories.images[.public] else { preconditionFailure("every role has an image") }
        let generator = LoadTask(
            stack: stack, region: region, image: image.uri, logGroup: cluster.loadLogGroup.name,
            webhookSecret: dataPlane.webhookSecret.arn)
        load = try graph.add(
            "taskdef-load", in: region.name, step: Self.id,
            TaskDefinition(
                family: stack.loadTaskFamily, cpu: stack.load.cpu, memoryMiB: stack.load.memoryMiB,
                architecture: Self.architecture(stack, context), executionRole: access.executionRole.arn,
                taskRole: access.loadRole.arn, containers: [generator.container]))
    }

    /// In ECS's spelling; what the stack leaves open is as the image is.
    private static func architecture(_ stack: Stack, _ context: StackContext) -> String {
        switch stack.tasks.architecture {
        case .arm64: "ARM64"
        case .x86_64: "X86_64"
        case nil: context.image.architecture == "arm64" ? "ARM64" : "X86_64"
        }
    }
}
