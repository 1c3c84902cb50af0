/// How one region does at this moment.
public struct RegionStatus: Sendable, Codable, Hashable {
    public var region: String
    public var services: [ServiceStatus] = []
    /// Of the last whole minute that CloudWatch has; nil: there is none.
    public var requestsPerSecond: Double?
    public var p95Seconds: Double?
    /// Answers with 5xx, of services and load balancer, in that minute.
    public var serverErrors: Double?
    /// Orders that wait, and those that workers hold.
    public var waitingOrders: Int?
    public var ordersInWork: Int?
    public var oldestOrderSeconds: Double?
    public var deadLetters: Int?
    /// Names of those in ALARM.
    public var alarms: [String] = []
    public var alarmsWatched = 0
    /// What could not be looked at, and why.
    public var problems: [String] = []

    /// A service of ECS and its tasks by their number.
    public struct ServiceStatus: Sendable, Codable, Hashable {
        public var service: String
        public var desired: Int
        public var running: Int
        public var pending: Int
        public var deployments: [Deployment]
    }

    /// A deployment of a service; the counts are its own tasks.
    public struct Deployment: Sendable, Codable, Hashable {
        /// PRIMARY or ACTIVE.
        public var status: String
        /// "ticket-public:7"
        public var revision: String
        /// IN_PROGRESS, COMPLETED or FAILED.
        public var state: String
        public var running: Int
        public var desired: Int
        public var failed: Int
    }
}
