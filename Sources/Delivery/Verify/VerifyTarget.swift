/// What must stand for the stack's services to start and to reach their maximum, as plain values.
public struct VerifyTarget: Sendable {
    /// Twelve digits.
    public var account: String
    /// "aws", "aws-cn" or "aws-us-gov".
    public var partition: String
    /// Those that tasks take on.
    public var roles: [Role]
    /// The services whose own roles must exist: "ecs.amazonaws.com".
    public var serviceLinkedRoles: [String]
    public var regions: [Region]

    public init(
        account: String, partition: String, roles: [Role], serviceLinkedRoles: [String], regions: [Region]
    ) {
        self.account = account
        self.partition = partition
        self.roles = roles
        self.serviceLinkedRoles = serviceLinkedRoles
        self.regions = regions
    }

    /// A role that tasks take on, and what its program does with it.
    public struct Role: Sendable {
        public var name: String
        public var grants: [Grant]

        public init(name: String, grants: [Grant]) {
            self.name = name
            self.grants = grants
        }
    }

    /// Actions that a role must be allowed on resources.
    public struct Grant: Sendable {
        public var actions: [String]
        /// ARNs, or patterns with "*" and "?", for which one ARN that they match is tried.
        public var resources: [String]
        /// What is true of the resources: condition key, values.
        public var context: [String: [String]]

        public init(actions: [String], resources: [String], context: [String: [String]] = [:]) {
            self.actions = actions
            self.resources = resources
            self.context = context
        }
    }

    /// What the stack has in one region.
    public struct Region: Sendable {
        public var name: String
        public var cluster: String
        public var services: [Service]
        /// Names of the FIFO queues that carry the sale.
        public var queues: [String]

        public init(name: String, cluster: String, services: [Service], queues: [String]) {
            self.name = name
            self.cluster = cluster
            self.services = services
            self.queues = queues
        }
    }

    /// A service of ECS and what its program expects.
    public struct Service: Sendable {
        public var name: String
        /// The container that runs the program.
        public var container: String
        /// Where the program serves; nil: it is behind no load balancer.
        public var port: Int?
        /// The paths that this binary answers in this role.
        public var paths: Set<String>
        public var maximumTasks: Int
        /// What is going to be deployed; nil: what the service has is looked at.
        public var next: TaskRevision?
        /// Variables that hold the ARN of a secret, and the JSON keys that the program reads from it.
        public var secretVariables: [String: [String]]

        public init(
            name: String, container: String, port: Int?, paths: Set<String>, maximumTasks: Int,
            next: TaskRevision? = nil, secretVariables: [String: [String]] = [:]
        ) {
            self.name = name
            self.container = container
            self.port = port
            self.paths = paths
            self.maximumTasks = maximumTasks
            self.next = next
            self.secretVariables = secretVariables
        }
    }
}

/// Where images are looked up.
public protocol ImageLookup: Sendable {
    /// The architectures ("arm64", "amd64") of `image`, a name with a digest or a tag; nil: the registry has no such image.
    func architectures(of image: String, region: String) async throws -> Set<String>?
}
