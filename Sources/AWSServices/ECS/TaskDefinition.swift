public import AWSCore

extension ECS {
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html)
    public struct TaskDefinition: Decodable, Sendable {
        public var taskDefinitionArn: String
        public var family: String
        public var revision: Int
        /// ACTIVE, INACTIVE or DELETE_IN_PROGRESS.
        public var status: String?
        public var taskRoleArn: String?
        public var executionRoleArn: String?
        public var networkMode: String?
        public var requiresCompatibilities: [String]
        /// CPU units.
        public var cpu: String?
        /// MiB.
        public var memory: String?
        public var runtimePlatform: RuntimePlatform?
        public var containerDefinitions: [ContainerDefinition]
        public var volumes: [Volume]
    }

    /// A folder that lives as long as its task, from the task's ephemeral storage
    /// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html).
    public struct Volume: Codable, Sendable {
        public var name: String

        public init(name: String) { self.name = name }
    }

    public struct RuntimePlatform: Codable, Sendable {
        /// "X86_64" or "ARM64".
        public var cpuArchitecture: String?
        /// "LINUX"
        public var operatingSystemFamily: String?

        public init(cpuArchitecture: String, operatingSystemFamily: String) {
            self.cpuArchitecture = cpuArchitecture
            self.operatingSystemFamily = operatingSystemFamily
        }
    }

    /// Makes the next revision of a family
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html).
    public struct RegisterTaskDefinition: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var family: String
        public var taskRoleArn: String
        public var executionRoleArn: String
        public var networkMode: String
        public var requiresCompatibilities: [String]
        public var cpu: String
        public var memory: String
        public var runtimePlatform: RuntimePlatform
        public var containerDefinitions: [ContainerDefinition]
        public var volumes: [Volume]
        public var tags: [Tag]

        public init(
            family: String, taskRoleArn: String, executionRoleArn: String, networkMode: String,
            requiresCompatibilities: [String], cpu: String, memory: String, runtimePlatform: RuntimePlatform,
            containerDefinitions: [ContainerDefinition], volumes: [Volume] = [], tags: [Tag]
        ) {
            self.family = family
            self.taskRoleArn = taskRoleArn
            self.executionRoleArn = executionRoleArn
            self.networkMode = networkMode
            self.requiresCompatibilities = requiresCompatibilities
            self.cpu = cpu
            self.memory = memory
            self.runtimePlatform = runtimePlatform
            self.containerDefinitions = containerDefinitions
            self.volumes = volumes
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var taskDefinition: TaskDefinition
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html)
    public struct DescribeTaskDefinition: AWSOperation {
        public static var service: AWSService { ECS.service }

        /// A family (its latest active revision), "family:revision" or an ARN.
        public var taskDefinition: String
        public var include: [String]

        public init(taskDefinition: String, include: [String] = ["TAGS"]) {
            self.taskDefinition = taskDefinition
            self.include = include
        }

        public struct Output: Decodable, Sendable {
            public var taskDefinition: TaskDefinition
            public var tags: [Tag]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html)
    public struct ListTaskDefinitions: AWSPaginated {
        public static var service: AWSService { ECS.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        /// A whole family's name, despite the member's name.
        public var familyPrefix: String
        public var status: String
        public var nextToken: String?

        public init(familyPrefix: String, status: String) {
            self.familyPrefix = familyPrefix
            self.status = status
        }

        public struct Output: Decodable, Sendable {
            public var taskDefinitionArns: [String]
            public var nextToken: String?
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html)
    public struct DeregisterTaskDefinition: AWSOperation {
        public static var service: AWSService { ECS.service }
        public typealias Output = AWSEmpty

        /// "family:revision" or an ARN.
        public var taskDefinition: String

        public init(taskDefinition: String) { self.taskDefinition = taskDefinition }
    }

    /// Deletes inactive revisions, at most 10
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html).
    public struct DeleteTaskDefinitions: AWSOperation {
        public static var service: AWSService { ECS.service }

        /// "family:revision" or ARNs.
        public var taskDefinitions: [String]

        public init(taskDefinitions: [String]) { self.taskDefinitions = taskDefinitions }

        public struct Output: Decodable, Sendable {
            public var failures: [Failure]
        }
    }
}
