public import Ticketing

/// Names that more than one step must know: policies name what other steps make.
extension Stack {
    static let lockTableName = "tickctl-lock"
    static let unsentIndexName = "unsent"

    var seatTableName: String { "\(name)-seat-lock" }
    public var commitQueueName: String { "\(name)-confirm.fifo" }
    public var deadLetterQueueName: String { "\(name)-deadletter.fifo" }
    var auroraClusterName: String { aurora.clusterID ?? "\(name)-aurora" }
    var roomKeySecretName: String { "\(name)/room-token-key" }
    var webhookSecretName: String { "\(name)/webhook-secret" }
    var redisSecretName: String { "\(name)/redis-auth" }
    public var loadBalancerName: String { "\(name)-alb" }
    public var clusterName: String { name }

    /// The role's repository, and the family of its task definitions.
    public func programName(_ role: Role) -> String { "\(name)-\(role.rawValue)" }
    public func serviceName(_ role: Role) -> String { "\(name)-\(role.rawValue)-svc" }
    public func logGroupName(_ role: Role) -> String { "\(logGroupPrefix)\(role.rawValue)" }
    var logGroupPrefix: String { "/ecs/\(name)-" }

    /// Of load generators: the family of their task definitions, the name of their container and the task role.
    public var loadTaskFamily: String { "\(name)-load" }
    public static let loadContainerName = "load"
    var loadRoleName: String { "\(name)-load" }
    public var loadLogGroupName: String { "\(logGroupPrefix)load" }
    /// In the primary region. The names of buckets are everybody's, hence the account in it.
    public func loadBucketName(account: String) -> String { "\(name)-load-\(account)-\(regions[0].name)" }
    /// What the keys of that bucket begin with.
    public static let loadPrefix = "runs/"

    var executionRoleName: String { "\(name)-execution" }
    func taskRoleName(_ role: Role) -> String { "\(name)-\(role.rawValue)-task" }
    var deployRoleName: String { "\(name)-deploy" }
}
