import AWSServices
import Provisioning

/// What it takes to bring a group's rules to the desired ones: what is equal is not touched.
struct SecurityGroupDifference {
    var added: [ResolvedRule] = []
    var removed: [ResolvedRule] = []
    /// The same rules with another description, as they are and as they should be.
    var described: [(from: ResolvedRule, to: ResolvedRule)] = []

    init(from observed: [ResolvedRule], to desired: [ResolvedRule]) {
        let current = Dictionary(observed.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let wanted = Dictionary(desired.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for rule in desired {
            guard let found = current[rule.key] else {
                added.append(rule)
                continue
            }
            if (found.description ?? "") != (rule.description ?? "") { described.append((found, rule)) }
        }
        removed = observed.filter { wanted[$0.key] == nil }
    }

    func report(into list: inout ChangeList) {
        let lines =
            added.map { ($0.key.setting, String?.none, String?.some("present")) }
            + removed.map { ($0.key.setting, "present", nil) }
            + described.map { ($0.to.key.setting + ".description", $0.from.description, $0.to.description) }
        for (setting, from, to) in lines.sorted(by: { $0.0 < $1.0 }) {
            list.compare(setting, observed: from, desired: to)
        }
    }

    /// One call for each kind of difference there is; nothing is closed before what replaces it is open.
    func apply(to group: String, _ scope: Scope<AWSCloud>) async throws {
        func permissions(_ rules: [ResolvedRule], _ direction: SecurityGroupRule.Direction) -> [EC2.IpPermission]? {
            let permissions = rules.filter { $0.key.direction == direction }.map(\.permission)
            return permissions.isEmpty ? nil : permissions
        }
        if let rules = permissions(added, .ingress) {
            _ = try await scope.send(EC2.AuthorizeSecurityGroupIngress(groupId: group, ipPermissions: rules))
        }
        if let rules = permissions(added, .egress) {
            _ = try await scope.send(EC2.AuthorizeSecurityGroupEgress(groupId: group, ipPermissions: rules))
        }
        if let rules = permissions(described.map(\.to), .ingress) {
            _ = try await scope.send(
                EC2.UpdateSecurityGroupRuleDescriptionsIngress(groupId: group, ipPermissions: rules))
        }
        if let rules = permissions(described.map(\.to), .egress) {
            _ = try await scope.send(
                EC2.UpdateSecurityGroupRuleDescriptionsEgress(groupId: group, ipPermissions: rules))
        }
        if let rules = permissions(removed, .ingress) {
            _ = try await scope.send(EC2.RevokeSecurityGroupIngress(groupId: group, ipPermissions: rules))
        }
        if let rules = permissions(removed, .egress) {
            _ = try await scope.send(EC2.RevokeSecurityGroupEgress(groupId: group, ipPermissions: rules))
        }
    }

    /// What `apply` may call.
    static let actions: Set<String> = [
        "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress",
        "RevokeSecurityGroupEgress", "UpdateSecurityGroupRuleDescriptionsIngress",
        "UpdateSecurityGroupRuleDescriptionsEgress",
    ]
}
