extension ECS {
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html)
    public struct ContainerDefinition: Codable, Sendable {
        public var name: String
        public var image: String
        /// CPU units; 0 is unlimited within the task.
        public var cpu: Int?
        /// MiB; past it the container is killed.
        public var memory: Int?
        public var essential: Bool?
        public var command: [String]
        public var environment: [KeyValuePair]
        public var secrets: [Secret]
        public var portMappings: [PortMapping]
        public var user: String?
        public var readonlyRootFilesystem: Bool?
        /// Seconds between SIGTERM and SIGKILL; Fargate allows 120.
        public var stopTimeout: Int?
        public var healthCheck: HealthCheck?
        public var logConfiguration: LogConfiguration?
        public var ulimits: [Ulimit]
        public var mountPoints: [MountPoint]

        public init(
            name: String, image: String, cpu: Int, memory: Int, essential: Bool, command: [String] = [],
            environment: [KeyValuePair] = [], secrets: [Secret] = [], portMappings: [PortMapping] = [],
            user: String? = nil, readonlyRootFilesystem: Bool? = nil, stopTimeout: Int? = nil,
            healthCheck: HealthCheck? = nil, logConfiguration: LogConfiguration? = nil, ulimits: [Ulimit] = [],
            mountPoints: [MountPoint] = []
        ) {
            self.name = name
            self.image = image
            self.cpu = cpu
            self.memory = memory
            self.essential = essential
            self.command = command
            self.environment = environment
            self.secrets = secrets
            self.portMappings = portMappings
            self.user = user
            self.readonlyRootFilesystem = readonlyRootFilesystem
            self.stopTimeout = stopTimeout
            self.healthCheck = healthCheck
            self.logConfiguration = logConfiguration
            self.ulimits = ulimits
            self.mountPoints = mountPoints
        }
    }

    /// Where a volume of the task is in the container.
    public struct MountPoint: Codable, Sendable {
        /// The volume's name.
        public var sourceVolume: String?
        public var containerPath: String?
        public var readOnly: Bool?

        public init(sourceVolume: String, containerPath: String, readOnly: Bool) {
            self.sourceVolume = sourceVolume
            self.containerPath = containerPath
            self.readOnly = readOnly
        }
    }

    /// An environment variable filled from Secrets Manager when the task starts.
    public struct Secret: Codable, Sendable {
        public var name: String
        /// ARN of the secret.
        public var valueFrom: String

        public init(name: String, valueFrom: String) {
            self.name = name
            self.valueFrom = valueFrom
        }
    }

    public struct PortMapping: Codable, Sendable {
        public var containerPort: Int
        /// In network mode awsvpc the same as `containerPort`.
        public var hostPort: Int?
        /// "tcp" or "udp".
        public var `protocol`: String?

        public init(containerPort: Int, hostPort: Int, protocol: String) {
            self.containerPort = containerPort
            self.hostPort = hostPort
            self.protocol = `protocol`
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html)
    public struct HealthCheck: Codable, Sendable {
        /// "CMD" and the arguments, or "CMD-SHELL" and a line.
        public var command: [String]
        /// Seconds: 5 to 300.
        public var interval: Int?
        /// Seconds: 2 to 60.
        public var timeout: Int?
        /// 1 to 10.
        public var retries: Int?
        /// Seconds after the start in which a failure does not count: 0 to 300.
        public var startPeriod: Int?

        public init(command: [String], interval: Int, timeout: Int, retries: Int, startPeriod: Int) {
            self.command = command
            self.interval = interval
            self.timeout = timeout
            self.retries = retries
            self.startPeriod = startPeriod
        }
    }

    public struct LogConfiguration: Codable, Sendable {
        /// "awslogs"
        public var logDriver: String
        /// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html)
        public var options: [String: String]

        public init(logDriver: String, options: [String: String]) {
            self.logDriver = logDriver
            self.options = options
        }
    }

    public struct Ulimit: Codable, Sendable {
        /// "nofile"
        public var name: String
        public var softLimit: Int
        public var hardLimit: Int

        public init(name: String, softLimit: Int, hardLimit: Int) {
            self.name = name
            self.softLimit = softLimit
            self.hardLimit = hardLimit
        }
    }
}
