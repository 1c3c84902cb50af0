public import Provisioning

/// Actions on resources that a run of `tickctl up`, `plan` or `down` needs for one resource; `tickctl iam policy` joins
/// them. Actions are IAM's names, which are not always the API's
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/).
public struct Permission: Sendable, Hashable {
    public var actions: Set<String>
    /// ARNs or patterns; "*" only where the action has no resource-level permissions.
    public var resources: Set<String>
    /// Condition operator, key, values: "StringEquals", "iam:PassedToService", ["ecs-tasks.amazonaws.com"].
    public var conditions: [String: [String: [String]]]

    public init(
        _ actions: Set<String>, on resources: Set<String>, conditions: [String: [String: [String]]] = [:]
    ) {
        self.actions = actions
        self.resources = resources
        self.conditions = conditions
    }
}

/// Where a resource stands, to write its ARN.
public struct Place: Sendable {
    public var partition: String
    public var account: String
    /// A region, or "us-east-1" for the global slice.
    public var region: String
    public var stack: String
    public var id: String

    public init(partition: String, account: String, region: String, stack: String, id: String) {
        self.partition = partition
        self.account = account
        self.region = region
        self.stack = stack
        self.id = id
    }

    /// "arn:aws:sqs:ap-northeast-1:123456789012:" + `resource`; `global` leaves the region out (IAM, CloudFront).
    public func arn(_ service: String, _ resource: String, global: Bool = false) -> String {
        "arn:\(partition):\(service):\(global ? "" : region):\(account):\(resource)"
    }
}

/// A resource of AWS.
public protocol AWSResource: Resource where Cloud == AWSCloud {
    /// What its read, create, update and delete need. Read and write permissions are told apart so that `plan` can be
    /// run by a role that cannot change anything.
    func permissions(at place: Place) -> [Permission]
}
