import AWSServices
public import Provisioning

extension TaskDefinition {
    /// One container of a task.
    public struct Container: Sendable, Encodable {
        public var name: String
        public var image: Input
        /// CPU units.
        public var cpu: Int
        /// Past it the container is killed.
        public var memoryMiB: Int
        /// The task ends with it.
        public var isEssential: Bool
        /// Arguments of the image's entry point.
        public var command: [String]
        public var environment: [String: Input]
        /// Variables and the ARNs of the secrets that fill them when the task starts.
        public var secrets: [String: Input]
        public var port: Port?
        /// "65532:65532"
        public var user: String?
        public var hasReadOnlyRoot: Bool
        /// Between SIGTERM and SIGKILL; at most 120.
        public var stopTimeoutSeconds: Int?
        public var healthCheck: HealthCheck?
        public var log: Log
        /// Limit of open files; nil: Fargate's.
        public var openFiles: Int?
        /// The only place to write to under a read-only root.
        public var writableFolder: Folder?

        public init(
            name: String, image: Input, cpu: Int, memoryMiB: Int, isEssential: Bool = true, command: [String] = [],
            environment: [String: Input] = [:], secrets: [String: Input] = [:], port: Port? = nil, user: String? = nil,
            hasReadOnlyRoot: Bool = true, stopTimeoutSeconds: Int? = nil, healthCheck: HealthCheck? = nil, log: Log,
            openFiles: Int? = nil, writableFolder: Folder? = nil
        ) {
            self.name = name
            self.image = image
            self.cpu = cpu
            self.memoryMiB = memoryMiB
            self.isEssential = isEssential
            self.command = command
            self.environment = environment
            self.secrets = secrets
            self.port = port
            self.user = user
            self.hasReadOnlyRoot = hasReadOnlyRoot
            self.stopTimeoutSeconds = stopTimeoutSeconds
            self.healthCheck = healthCheck
            self.log = log
            self.openFiles = openFiles
            self.writableFolder = writableFolder
        }
    }

    /// A folder of the task's own storage, gone with the task. It is root's and closed to others, unless the image declares
    /// a volume at that path: then it is as the image's folder there
    /// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html).
    public struct Folder: Sendable, Encodable {
        public var volume: String
        public var path: String

        public init(volume: String, path: String) {
            self.volume = volume
            self.path = path
        }
    }

    /// A port that the container listens on.
    public struct Port: Sendable, Encodable {
        public var number: Int
        /// "tcp" or "udp".
        public var transport: String

        public init(_ number: Int, transport: String = "tcp") {
            self.number = number
            self.transport = transport
        }
    }

    /// A command that ECS runs in the container to know whether it is well.
    public struct HealthCheck: Sendable, Encodable {
        /// Program and arguments, run without a shell; exit code 0 is healthy.
        public var command: [String]
        public var intervalSeconds: Int
        public var timeoutSeconds: Int
        /// Failures in a row before the container counts as unhealthy.
        public var retries: Int
        /// Failures this soon after the start do not count.
        public var startPeriodSeconds: Int

        public init(
            command: [String], intervalSeconds: Int = 10, timeoutSeconds: Int = 5, retries: Int = 3,
            startPeriodSeconds: Int = 30
        ) {
            self.command = command
            self.intervalSeconds = intervalSeconds
            self.timeoutSeconds = timeoutSeconds
            self.retries = retries
            self.startPeriodSeconds = startPeriodSeconds
        }
    }

    /// Where a container's output goes: CloudWatch Logs, without ever holding the program up.
    public struct Log: Sendable, Encodable {
        public var group: Input
        public var region: String
        public var streamPrefix: String
        /// What waits for CloudWatch; past it lines are dropped.
        public var bufferMiB: Int

        public init(group: Input, region: String, streamPrefix: String, bufferMiB: Int = 25) {
            self.group = group
            self.region = region
            self.streamPrefix = streamPrefix
            self.bufferMiB = bufferMiB
        }
    }
}

extension TaskDefinition.Container {
    func definition(_ text: (Input) throws -> String) rethrows -> ECS.ContainerDefinition {
        ECS.ContainerDefinition(
            name: name, image: try text(image), cpu: cpu, memory: memoryMiB, essential: isEssential, command: command,
            environment: try environment.sorted { $0.key < $1.key }.map {
                .init(name: $0.key, value: try text($0.value))
            },
            secrets: try secrets.sorted { $0.key < $1.key }.map { .init(name: $0.key, valueFrom: try text($0.value)) },
            portMappings: port.map {
                [.init(containerPort: $0.number, hostPort: $0.number, protocol: $0.transport)]
            } ?? [],
            user: user, readonlyRootFilesystem: hasReadOnlyRoot, stopTimeout: stopTimeoutSeconds,
            healthCheck: healthCheck.map {
                .init(
                    command: ["CMD"] + $0.command, interval: $0.intervalSeconds, timeout: $0.timeoutSeconds,
                    retries: $0.retries, startPeriod: $0.startPeriodSeconds)
            },
            logConfiguration: .init(
                logDriver: "awslogs",
                options: [
                    "awslogs-group": try text(log.group), "awslogs-region": log.region,
                    "awslogs-stream-prefix": log.streamPrefix, "mode": "non-blocking",
                    "max-buffer-size": "\(log.bufferMiB)m",
                ]),
            ulimits: openFiles.map { [.init(name: "nofile", softLimit: $0, hardLimit: $0)] } ?? [],
            mountPoints: writableFolder.map {
                [.init(sourceVolume: $0.volume, containerPath: $0.path, readOnly: false)]
            } ?? [])
    }
}
