import AWSServices
public import Provisioning

/// A security group with all of its rules: what the stack does not name is taken away.
public struct SecurityGroup: AWSResource {
    /// Unique in the VPC.
    public var name: String
    /// Sent when it is made; EC2 cannot change it later.
    public var description: String
    public var vpc: Input
    public var rules: [SecurityGroupRule]

    public init(name: String, description: String, vpc: Input, rules: [SecurityGroupRule]) {
        self.name = name
        self.description = description
        self.vpc = vpc
        self.rules = rules
    }

    /// What `DescribeSecurityGroups` says of it.
    public struct Observed: Sendable {
        public var id: String
        var rules: [ResolvedRule]
        /// Ids of AWS's prefix lists that the desired rules name.
        var prefixLists: [String: String]
    }

    public static let type = "ec2:security-group"
    public static let explanation = """
        Says who may talk to what: the load balancer from outside, tasks from the load balancer only, Redis, Aurora and the \
        endpoints from tasks only; free. It goes only when no network interface and no other group uses it.
        """
    public static let waiting = Waiting(deadline: .seconds(1800))

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let vpc = scope.known(vpc),
            let group = try await scope.securityGroups(of: vpc).first(where: { $0.groupName == name })
        else { return nil }
        return Self.observation(
            id: group.groupId, rules: ResolvedRule.all(of: group),
            prefixLists: try await scope.prefixLists(named: prefixListNames), owner: scope.tags.owner(of: group.tags))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let prefixLists = try await scope.prefixLists(named: prefixListNames)
        let id = try await scope.send(
            EC2.CreateSecurityGroup(
                groupName: name, groupDescription: description, vpcId: try scope.value(vpc),
                tagSpecifications: scope.tagging("security-group"))
        ).groupId
        // A new group lets everything out.
        let made = Observed(
            id: id, rules: rules([.everythingOut], Values(), [:]) ?? [], prefixLists: prefixLists)
        try await UnfinishedCreation.guarding(id) { try await apply(to: made, scope) }
        return Self.observation(
            id: id, rules: rules(rules, scope.values, prefixLists) ?? [], prefixLists: prefixLists, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        guard let desired = rules(rules, values, observed.prefixLists) else {
            list.compare("rules", observed: String?.none, desired: Change.unknown)
            return list.changes
        }
        SecurityGroupDifference(from: observed.rules, to: desired).report(into: &list)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await apply(to: observed, scope)
        return nil
    }

    private func apply(to observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        for rule in rules {
            if case .group(let id) = rule.peer { _ = try scope.value(id) }
        }
        guard let desired = rules(rules, scope.values, observed.prefixLists) else { return }
        try await SecurityGroupDifference(from: observed.rules, to: desired).apply(to: observed.id, scope)
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        try await scope.deleting(blockedBy: EC2.Filter("group-id", [observed.id])) {
            _ = try await scope.send(EC2.DeleteSecurityGroup(groupId: observed.id))
        }
    }

    public func permissions(at place: Place) -> [Permission] {
        NetworkPermissions.making("CreateSecurityGroup", at: place) + [
            NetworkPermissions.reading([
                "DescribeSecurityGroups", "DescribeManagedPrefixLists", "DescribeNetworkInterfaces",
            ]),
            NetworkPermissions.using(
                SecurityGroupDifference.actions.union(["CreateSecurityGroup", "DeleteSecurityGroup"]), at: place),
        ]
    }

    private var prefixListNames: Set<String> {
        Set(
            rules.compactMap {
                if case .managedPrefixList(let name) = $0.peer { name } else { nil }
            })
    }

    /// With the ids of what they name; nil while one is not known.
    private func rules(
        _ rules: [SecurityGroupRule], _ values: Values, _ prefixLists: [String: String]
    ) -> [ResolvedRule]? {
        var resolved: [ResolvedRule] = []
        for rule in rules {
            let peer: ResolvedRule.Peer
            switch rule.peer {
            case .cidr(let cidr): peer = .cidr(cidr)
            case .group(let input):
                guard let id = values.known(input) else { return nil }
                peer = .group(id)
            case .managedPrefixList(let name):
                guard let id = prefixLists[name] else { return nil }
                peer = .prefixList(id)
            }
            resolved.append(
                ResolvedRule(
                    key: .init(
                        direction: rule.direction, ipProtocol: rule.ipProtocol, fromPort: rule.port, toPort: rule.port,
                        peer: peer),
                    description: rule.description))
        }
        return resolved
    }

    private static func observation(
        id: String, rules: [ResolvedRule], prefixLists: [String: String], owner: Owner
    ) -> Observation<Observed> {
        Observation(
            Observed(id: id, rules: rules, prefixLists: prefixLists), identity: id, outputs: ["id": id], owner: owner)
    }
}

extension Placed<SecurityGroup> {
    public var id: Input { output("id") }
}
