/// A stack's values: what `stacks/NAME.yaml` may hold, with the defaults of a stack that names nothing.
public struct Stack: Sendable, Equatable, Codable {
    /// Prefix of every name, and the value of the tag `tickctl:stack`.
    public var name = "ticket"
    /// Twelve digits; nil: found by STS.
    public var account: String?
    /// The first is the primary one: the run lock lives there.
    public var regions = [
        Region(name: "ap-northeast-1", vpcCIDR: "10.11.0.0/16"),
        Region(name: "ap-northeast-2", vpcCIDR: "10.12.0.0/16"),
    ]
    public var network = Network()
    public var image = Image()
    public var cluster = Cluster()
    public var queue = Queue()
    public var table = Table()
    public var redis = Redis()
    public var aurora = Aurora()
    public var tasks = Tasks()
    public var loadBalancer = LoadBalancer()
    public var services = Services()
    public var scaling = Scaling()
    public var alarms = Alarms()
    public var cloudfront = CloudFront()
    public var load = Load()

    public init() {}

    public struct Region: Sendable, Equatable, Codable {
        public var name: String
        /// A /16 to /24 block; the regions' must not overlap. Six subnets are cut from it.
        public var vpcCIDR: String
        /// ARN of an ACM certificate for the load balancer's port 443; without one only port 80 listens.
        public var certificate: String?
        /// S3 bucket in this region for the load balancer's access logs, whose policy lets ELB write; nil: no logs.
        public var accessLogsBucket: String?

        public init(name: String, vpcCIDR: String, certificate: String? = nil) {
            self.name = name
            self.vpcCIDR = vpcCIDR
            self.certificate = certificate
        }
    }

    public struct Network: Sendable, Equatable, Codable {
        public enum NAT: String, Sendable, Codable, CaseIterable { case perZone = "per-zone", single }
        public enum Source: String, Sendable, Codable, CaseIterable { case anywhere, cloudfront }
        /// Prefix length of each subnet.
        public var subnetPrefix = 20
        public var nat = NAT.perZone
        /// Interface endpoints, of: ecr.api, ecr.dkr, logs, sqs, secretsmanager.
        public var endpoints = ["ecr.api", "ecr.dkr", "logs", "sqs", "secretsmanager"]
        /// Who may reach the load balancer: anybody, or CloudFront's managed prefix list only.
        public var albIngress = Source.anywhere
    }

    public struct Image: Sendable, Equatable, Codable {
        /// The tag of the pushed image; nil: derived from its digest.
        public var tag: String?
        public var keepTagged = 50
        public var dropUntaggedAfterDays = 7
    }

    public struct Cluster: Sendable, Equatable, Codable {
        public var logRetentionDays = 30
        /// "owner/repository" that may deploy through GitHub OIDC; nil: no deploy role.
        public var githubRepository: String?
        /// The git ref that may deploy.
        public var githubRef = "refs/heads/main"
    }

    public struct Queue: Sendable, Equatable, Codable {
        public var visibilityTimeoutSeconds = 60
        public var retentionDays = 4
        public var maxReceiveCount = 5
    }

    public struct Table: Sendable, Equatable, Codable {
        public var pointInTimeRecovery = true
        public var deletionProtection = true
    }

    public struct Redis: Sendable, Equatable, Codable {
        public enum Eviction: String, Sendable, Codable, CaseIterable {
            case noeviction
            case volatileTTL = "volatile-ttl"
        }
        /// nil: "<name>-redis". At most 40 characters.
        public var clusterID: String?
        public var engineVersion = "7.1"
        public var nodeType = "cache.r7g.large"
        public var shards = 3
        public var replicasPerShard = 1
        public var eviction = Eviction.volatileTTL
    }

    public struct Aurora: Sendable, Equatable, Codable {
        /// nil: "<name>-aurora".
        public var clusterID: String?
        public var engineVersion = "16.9"
        public var database = "ticket"
        public var minimumACU = 2.0
        public var maximumACU = 128.0
        public var backupRetentionDays = 7
        public var deletionProtection = true
    }

    public struct Tasks: Sendable, Equatable, Codable {
        public enum Architecture: String, Sendable, Codable, CaseIterable {
            case arm64
            // swift-format-ignore: AlwaysUseLowerCamelCase
            case x86_64
        }
        /// nil: the architecture of the image.
        public var architecture: Architecture?
        /// CPU units, 1024 a vCPU.
        public var cpu = 1024
        public var memoryMiB = 2048
        public var stopTimeoutSeconds = 30
        /// Adds the X-Ray daemon as a sidecar.
        public var tracing = false
        /// Extra environment for every role.
        public var environment: [String: String] = [:]
    }

    public struct LoadBalancer: Sendable, Equatable, Codable {
        public var idleTimeoutSeconds = 60
        public var deletionProtection = false
    }

    public struct Services: Sendable, Equatable, Codable {
        public var `public` = Service(initialTasks: 24, minimumTasks: 12, maximumTasks: 400)
        public var confirm = Service(initialTasks: 12, minimumTasks: 12, maximumTasks: 400)
        public var worker = Service(initialTasks: 6, minimumTasks: 6, maximumTasks: 400)
    }

    public struct Service: Sendable, Equatable, Codable {
        /// Sent when the service is made, never again: autoscaling owns the count.
        public var initialTasks: Int
        public var minimumTasks: Int
        public var maximumTasks: Int
    }

    public struct Scaling: Sendable, Equatable, Codable {
        public var cpuTargetPercent = 60.0
        public var scaleOutCooldownSeconds = 30
        public var scaleInCooldownSeconds = 120
        /// Requests a second a task; ALBRequestCountPerTarget counts a minute, so it is sent times 60.
        public var requestsPerSecondPerTask = 800.0
        public var p95Seconds = 0.2
        public var p95StepPercent = 20
        /// Visible messages a running worker.
        public var backlogPerTask = 1000.0
        public var queueAgeSeconds = 60
        public var queueAgeStepPercent = 30
    }

    public struct Alarms: Sendable, Equatable, Codable {
        /// E-mail addresses subscribed to the topic; each confirms once.
        public var email: [String] = []
        public var alb5xxPercent = 2.0
        public var p99Seconds = 0.5
        public var cpuPercent = 85.0
        public var memoryPercent = 85.0
        /// Of the cluster's maximum.
        public var auroraACUPercent = 85.0
        public var auroraConnections = 4000.0
        public var redisReplicationLagSeconds = 5.0
    }

    public struct CloudFront: Sendable, Equatable, Codable {
        public var enabled = true
        public var aliases: [String] = []
        /// ARN of an ACM certificate in us-east-1, needed with aliases.
        public var certificate: String?
        public var priceClass = "PriceClass_200"
    }

    /// The tasks that make load, of which none runs but in `tickctl load run`.
    public struct Load: Sendable, Equatable, Codable {
        /// CPU units, 1024 a vCPU.
        public var cpu = 4096
        public var memoryMiB = 8192
        /// How long the bucket keeps a run's orders and results.
        public var resultsDays = 14
    }
}
