public import AWSCore
public import Foundation

extension ECS {
    /// One run of a task definition (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html).
    public struct Task: Decodable, Sendable {
        public var taskArn: String
        /// With the revision.
        public var taskDefinitionArn: String?
        /// "service:NAME" for the tasks of a service.
        public var group: String?
        public var availabilityZone: String?
        /// Whether `ecs execute-command` may reach it; decided when it starts.
        public var enableExecuteCommand: Bool?
        /// HEALTHY, UNHEALTHY or UNKNOWN, by the containers' own health checks.
        public var healthStatus: String?
        public var startedAt: Date?
        public var stoppedAt: Date?
        /// PROVISIONING, PENDING, ACTIVATING, RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED, DELETED.
        public var lastStatus: String?
        /// Why it stopped, in a sentence.
        public var stoppedReason: String?
        /// TaskFailedToStart, EssentialContainerExited, ServiceSchedulerInitiated, ...
        public var stopCode: String?
        public var containers: [Container]
        /// Only told with `DescribeTasks.include`.
        public var tags: [Tag]

        public struct Container: Decodable, Sendable {
            public var name: String?
            /// nil while it runs, and when it never started.
            public var exitCode: Int?
            /// Why it could not start.
            public var reason: String?
        }
    }

    /// What differs from the task definition in one run.
    public struct TaskOverride: Encodable, Sendable {
        public var containerOverrides: [ContainerOverride]

        public init(containerOverrides: [ContainerOverride]) { self.containerOverrides = containerOverrides }
    }

    public struct ContainerOverride: Encodable, Sendable {
        public var name: String
        public var command: [String]

        public init(name: String, command: [String]) {
            self.name = name
            self.command = command
        }
    }

    /// Starts one-off tasks; the same `clientToken` never starts a second.
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html)
    public struct RunTask: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var cluster: String
        public var taskDefinition: String
        public var count: Int
        public var launchType: String
        public var networkConfiguration: NetworkConfiguration
        public var overrides: TaskOverride
        /// At most 128 characters; `ListTasks` finds by it.
        public var startedBy: String
        /// At most 64 characters.
        public var clientToken: String
        public var tags: [Tag]

        public init(
            cluster: String, taskDefinition: String, count: Int = 1, launchType: String,
            networkConfiguration: NetworkConfiguration, overrides: TaskOverride, startedBy: String,
            clientToken: String, tags: [Tag]
        ) {
            self.cluster = cluster
            self.taskDefinition = taskDefinition
            self.count = count
            self.launchType = launchType
            self.networkConfiguration = networkConfiguration
            self.overrides = overrides
            self.startedBy = startedBy
            self.clientToken = clientToken
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var tasks: [Task]
            /// What could not be started, although the call succeeded.
            public var failures: [Failure]
        }
    }

    /// Lists ARNs; a task is listed as stopped for about an hour.
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html)
    public struct ListTasks: AWSPaginated {
        public static var service: AWSService { ECS.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        public var cluster: String
        public var startedBy: String?
        public var serviceName: String?
        /// RUNNING (which includes those on their way there) or STOPPED.
        public var desiredStatus: String
        public var nextToken: String?

        public init(cluster: String, startedBy: String, desiredStatus: String) {
            self.cluster = cluster
            self.startedBy = startedBy
            self.desiredStatus = desiredStatus
        }

        public init(cluster: String, serviceName: String, desiredStatus: String) {
            self.cluster = cluster
            self.serviceName = serviceName
            self.desiredStatus = desiredStatus
        }

        public struct Output: Decodable, Sendable {
            public var taskArns: [String]
            public var nextToken: String?
        }
    }

    /// Ends a task: SIGTERM, and SIGKILL after its containers' stop timeout. One that has ended stays as it is.
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html)
    public struct StopTask: AWSOperation {
        public static var service: AWSService { ECS.service }
        public typealias Output = AWSEmpty

        public var cluster: String
        /// Its ARN.
        public var task: String
        /// Becomes the task's `stoppedReason`; at most 255 characters.
        public var reason: String

        public init(cluster: String, task: String, reason: String) {
            self.cluster = cluster
            self.task = task
            self.reason = reason
        }
    }

    /// Describes at most 100 tasks.
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html)
    public struct DescribeTasks: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var cluster: String
        public var tasks: [String]
        /// "TAGS": tell the tags too.
        public var include: [String]

        public init(cluster: String, tasks: [String], include: [String] = ["TAGS"]) {
            self.cluster = cluster
            self.tasks = tasks
            self.include = include
        }

        public struct Output: Decodable, Sendable {
            public var tasks: [Task]
        }
    }
}
