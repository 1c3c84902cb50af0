/// Where Redis is, how to sign in, and the limits of a client. Printing it never shows the password.
public struct RedisConfiguration: Sendable {
    public enum Mode: String, Sendable {
        /// One node, or one endpoint that leads to the primary of the moment.
        case single
        /// Slots over several nodes; the host is any of them.
        case cluster
        /// What the node says of itself (`INFO cluster`) when it is reached.
        case automatic
    }

    public struct TLS: Sendable, Equatable {
        public enum TrustRoots: Sendable, Equatable {
            case system
            /// Path of a PEM file.
            case file(String)
        }

        public enum Verification: Sendable {
            /// The certificate's chain and the server's name or address.
            case full
            /// The chain only.
            case chain
            /// Encrypted, the peer unchecked.
            case none
        }

        public var trustRoots: TrustRoots = .system
        /// The name to ask for and to check, for every node; nil: the host's own.
        public var serverName: String?
        public var verification: Verification = .full

        public init() {}
    }

    public var host: String
    /// 1 to 65535.
    public var port: Int
    public var username: String?
    public var password: String?
    /// `SELECT`ed at sign-in; a cluster has 0 only.
    public var database = 0
    public var mode = Mode.automatic
    /// nil: in the clear.
    public var tls: TLS?
    /// Shown by `CLIENT LIST`.
    public var clientName = "tickctl"

    /// From the call to its answer, redirections included.
    public var commandTimeout: Duration = .milliseconds(200)
    /// Bounds one try to reach a node: name, TCP, TLS and sign-in together.
    public var connectTimeout: Duration = .seconds(2)
    /// A session whose oldest command has waited that long is closed.
    public var stallTimeout: Duration = .seconds(1)
    /// Commands without an answer on one session, those whose callers have given up included.
    public var maxPendingCommands = 16_384
    /// Bytes of commands not yet taken by the kernel, on one session.
    public var maxUnwrittenBytes = 16 << 20
    /// Bytes of one answer; a longer one ends the session.
    public var maxReplyBytes = 16 << 20
    /// The longest pause between two tries to reach a node.
    public var maxReconnectDelay: Duration = .milliseconds(400)

    public init(host: String, port: Int = 6379, username: String? = nil, password: String? = nil) {
        self.host = host
        self.port = port
        self.username = username
        self.password = password
    }

    /// "host:port", for messages.
    public var target: String { address.description }

    var address: NodeAddress { NodeAddress(host: host, port: port) }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(tls == nil ? "redis" : "rediss")://\(target)/\(database) (\(mode.rawValue))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["target": description]) }
}
