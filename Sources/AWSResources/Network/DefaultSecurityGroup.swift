import AWSServices
public import Provisioning

/// The group that every VPC comes with, emptied: whatever names no group of its own reaches nothing.
public struct DefaultSecurityGroup: AWSResource {
    public var vpc: Input

    public init(vpc: Input) { self.vpc = vpc }

    /// What `DescribeSecurityGroups` says of it.
    public struct Observed: Sendable {
        public var id: String
        var rules: [ResolvedRule]
    }

    public static let type = "ec2:default-security-group"
    public static let explanation = """
        The VPC's own group, without rules, so that nothing works by accident. It comes and goes with the VPC.
        """

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let vpc = scope.known(vpc),
            let group = try await scope.securityGroups(of: vpc).first(where: { $0.groupName == "default" })
        else { return nil }
        return Self.observation(id: group.groupId, rules: ResolvedRule.all(of: group))
    }

    /// It stands already, only its VPC is new.
    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        guard let found = try await read(scope) else {
            throw NotYet("the default security group of the new VPC cannot be seen yet")
        }
        try await empty(found.settings, scope)
        return Self.observation(id: found.settings.id, rules: [])
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        SecurityGroupDifference(from: observed.rules, to: []).report(into: &list)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await empty(observed, scope)
        return nil
    }

    private func empty(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        try await SecurityGroupDifference(from: observed.rules, to: []).apply(to: observed.id, scope)
    }

    /// It goes with the VPC.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {}

    public func permissions(at place: Place) -> [Permission] {
        [
            NetworkPermissions.reading(["DescribeSecurityGroups"]),
            NetworkPermissions.emptyingUntaggedGroups(at: place),
        ]
    }

    private static func observation(id: String, rules: [ResolvedRule]) -> Observation<Observed> {
        // EC2 makes it without our tags; it is ours as its VPC is.
        Observation(Observed(id: id, rules: rules), identity: id, outputs: ["id": id], owner: .inherited)
    }
}
