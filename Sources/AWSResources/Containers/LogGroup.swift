import AWSCore
import AWSServices
public import Provisioning

/// A log group, for what the tasks of one role write.
public struct LogGroup: AWSResource {
    public static let type = "logs:log-group"
    public static let explanation = """
        Keeps what the tasks write, for the days of the retention. Ingestion costs by the GB, far more than storage: mind \
        the log level.
        """

    public var name: String
    /// The beginning of this group's name and of those that are listed together with it, "/ecs/ticket-".
    public var listedBy: String
    /// One of the values that the API allows, 1 to 3653.
    public var retentionDays: Int

    public init(name: String, listedBy prefix: String, retentionDays: Int) {
        self.name = name
        self.listedBy = prefix
        self.retentionDays = retentionDays
    }

    /// What `DescribeLogGroups` says of it.
    public struct Observed: Sendable, Equatable {
        /// nil: for ever.
        public var retentionDays: Int?
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let (cloud, region, prefix) = (scope.cloud, scope.region, listedBy)
        let groups = try await scope.shared("logs:DescribeLogGroups \(prefix)") {
            try await cloud.client.all(Logs.DescribeLogGroups(logGroupNamePrefix: prefix), region: region) {
                $0.logGroups
            }
        }
        guard let found = groups.first(where: { $0.logGroupName == name }) else { return nil }
        let tags = try await scope.send(Logs.ListTagsForResource(resourceArn: arn(scope))).tags
        return observation(scope, retentionDays: found.retentionInDays, owner: scope.tags.owner(of: tags))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        _ = try await scope.send(Logs.CreateLogGroup(logGroupName: name, tags: scope.tags.all))
        try await putRetention(scope)
        return observation(scope, retentionDays: retentionDays, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("retentionDays", observed: observed.retentionDays, desired: retentionDays)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await putRetention(scope)
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(Logs.DeleteLogGroup(logGroupName: name))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            // Lists by prefix, so it needs all groups.
            Permission(["logs:DescribeLogGroups"], on: ["*"]),
            // The tag operations check the group's ARN, the others the one with ":*".
            Permission(
                [
                    "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:ListTagsForResource", "logs:PutRetentionPolicy",
                    "logs:TagResource",
                ],
                on: [
                    place.arn("logs", "log-group:\(listedBy)*"), place.arn("logs", "log-group:\(listedBy)*:*"),
                ]),
        ]
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String { scope.arn("logs", "log-group:\(name)") }

    private func putRetention(_ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(Logs.PutRetentionPolicy(logGroupName: name, retentionInDays: retentionDays))
    }

    private func observation(_ scope: Scope<AWSCloud>, retentionDays: Int?, owner: Owner) -> Observation<Observed> {
        Observation(
            Observed(retentionDays: retentionDays), identity: arn(scope), outputs: ["name": name, "arn": arn(scope)],
            owner: owner)
    }
}

extension Placed where R == LogGroup {
    public var name: Input { output("name") }
    /// Without ":*".
    public var arn: Input { output("arn") }
}
