/// Where to listen, and every bound.
public struct HTTPServerConfiguration: Sendable {
    public enum Listeners: Sendable {
        /// One socket, whose connections go to the event loops in turn.
        case one
        /// One socket for each event loop (SO_REUSEPORT): the kernel spreads the connections.
        case perLoop
    }

    public struct Limits: Sendable {
        /// Bytes of request line and headers; past it 431.
        public var headBytes = 16 * 1024
        /// Bytes of a request target; past it 414.
        public var targetBytes = 8 * 1024
        /// Bytes of a request body, decoded; past it 413.
        public var bodyBytes = 64 * 1024
        /// Open connections of the whole server. One more is told 503 `overloaded` and closed: its client, or the load
        /// balancer, then knows at once, where a connection left in the backlog would only wait.
        public var connections = 20_000
        /// Requests of one connection that are being answered at once; more of them stay unread.
        public var requestsInFlight = 16
        /// Bytes of answers that a client has not taken yet, past which its further requests stay unread.
        public var unsentBytes = 64 * 1024

        public init() {}
    }

    public struct Timeouts: Sendable {
        /// From the first byte of a head to its last.
        public var header = Duration.seconds(10)
        /// From the end of the head to the last byte of the body.
        public var body = Duration.seconds(20)
        /// Between requests. Longer than the 60 s of a load balancer, so that it is the one that closes.
        public var idle = Duration.seconds(75)
        /// For a client that does not take its answers.
        public var write = Duration.seconds(20)
        /// For a handler; then its task is cancelled and the answer is 503.
        public var handler = Duration.seconds(30)
        /// After the last answer of a connection that the server closes: until the client has closed, too.
        public var linger = Duration.seconds(2)

        public init() {}
    }

    /// An IP address or a name.
    public var host: String
    /// 0: any free one.
    public var port: Int
    /// nil: one for each core.
    public var eventLoops: Int?
    public var listeners = Listeners.perLoop
    public var limits = Limits()
    public var timeouts = Timeouts()
    /// How long `run` waits for accepted requests when it is cancelled.
    public var drainGrace = Duration.seconds(25)

    public init(host: String = "127.0.0.1", port: Int = 0, eventLoops: Int? = nil) {
        self.host = host
        self.port = port
        self.eventLoops = eventLoops
    }
}
