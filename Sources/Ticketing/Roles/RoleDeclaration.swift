/// Everything that a role needs from its surroundings, as plain data. The task definitions and the task roles' policies
/// are generated from it, so neither can drift from the code.
public struct RoleDeclaration: Sendable, Codable, Equatable {
    public var role: Role
    /// Arguments of `tickctl`.
    public var command: [String]
    /// The port of the HTTP service; nil for a role that serves none.
    public var port: Int?
    /// Answers 200 while the process lives; nil without `port`.
    public var healthPath: String?
    /// Answers 200 while requests should be sent here; nil without `port`.
    public var readyPath: String?
    /// The port of `GET /metrics`.
    public var metricsPort: Int
    public var environment: [Variable]
    public var secrets: [Secret]
    /// What the task role must allow, and nothing else.
    public var grants: [Grant]

    /// An environment variable that is no secret.
    public struct Variable: Sendable, Codable, Equatable {
        public var name: String
        /// One line for `serve --describe` and the documentation.
        public var purpose: String
        public var source: Source

        public init(_ name: String, _ source: Source, purpose: String) {
            self.name = name
            self.source = source
            self.purpose = purpose
        }
    }

    /// Where a variable's value comes from.
    public enum Source: Sendable, Codable, Equatable {
        /// The same in every deployment, unless an operator sets it otherwise.
        case literal(String)
        /// Not set, unless an operator or the platform sets it.
        case unset
        /// The AWS region of the task.
        case region
        case seatLockTableName
        case commitQueueURL
        /// `rediss://HOST:PORT` of the replication group's configuration endpoint.
        case redisURL
        /// Host of the Aurora cluster's writer endpoint.
        case databaseWriterHost
        /// Host of the Aurora cluster's reader endpoint.
        case databaseReaderHost
        case databasePort
        case databaseName
        /// ARN of the secret in which RDS keeps the master user's name and password.
        case databaseSecretARN
    }

    /// A secret, injected into the environment when the task starts: the **execution** role reads it.
    ///
    /// The database's is not among them: RDS rotates it, so the roles read it themselves whenever they sign in
    /// (`databaseSecretARN` and a grant).
    public struct Secret: Sendable, Codable, Equatable {
        public var name: String
        public var purpose: String
        public var resource: Resource

        public init(_ name: String, _ resource: Resource, purpose: String) {
            self.name = name
            self.resource = resource
            self.purpose = purpose
        }
    }

    /// IAM actions on one kind of resource.
    public struct Grant: Sendable, Codable, Equatable {
        /// "service:Action", without wildcards, sorted.
        public var actions: [String]
        public var resource: Resource

        public init(_ resource: Resource, actions: [String]) {
            self.resource = resource
            self.actions = actions.sorted()
        }
    }

    /// A kind of resource; the provisioning step knows its ARN.
    public enum Resource: String, Sendable, Codable, CaseIterable {
        /// The table of holds, pins and commit records.
        case seatLockTable
        /// Its sparse index over commit records that were never sent.
        case unsentCommitIndex
        /// The FIFO queue of committed orders.
        case commitQueue
        /// Name and password of the database's master user, managed by RDS.
        case databaseSecret
        /// The HMAC key of the room tokens.
        case roomKeySecret
        /// The HMAC key of the payment provider's webhook.
        case webhookSecret
        /// The AUTH token of the replication group.
        case redisSecret
        /// `*`, for actions that know no resource.
        case any
    }
}

extension RoleDeclaration {
    /// Variables that an operator may not set: secrets, what is taken from the stack, and the ports that others rely on.
    public var reservedNames: Set<String> {
        let ports = [port, metricsPort].compactMap(\.self).map { Source.literal(String($0)) }
        let fixed = environment.filter { variable in
            switch variable.source {
            case .literal: ports.contains(variable.source)
            case .unset: false
            default: true
            }
        }
        return Set(fixed.map(\.name) + secrets.map(\.name))
    }
}
