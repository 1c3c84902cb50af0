import AWSCore
import AWSServices
import Provisioning

/// What a region has in ELBv2 under names of the stack, with the tags of all: three calls, shared by every resource.
struct LoadBalancingInventory: Sendable {
    var loadBalancers: [ELBv2.LoadBalancer]
    var targetGroups: [ELBv2.TargetGroup]
    /// By ARN.
    var tags: [String: [String: String]]
}

extension Scope<AWSCloud> {
    func loadBalancingInventory() async throws -> LoadBalancingInventory {
        let prefix = tags.stack + "-"
        return try await shared("elasticloadbalancing:inventory") { [cloud, region] in
            async let allLoadBalancers = cloud.client.all(
                ELBv2.DescribeLoadBalancers(pageSize: 400), region: region, \.loadBalancers)
            async let allTargetGroups = cloud.client.all(
                ELBv2.DescribeTargetGroups(pageSize: 400), region: region, \.targetGroups)
            let loadBalancers = try await allLoadBalancers.filter { $0.loadBalancerName.hasPrefix(prefix) }
            let targetGroups = try await allTargetGroups.filter { $0.targetGroupName.hasPrefix(prefix) }
            let tags = try await cloud.loadBalancingTags(
                of: loadBalancers.map(\.loadBalancerArn) + targetGroups.map(\.targetGroupArn), region: region)
            return LoadBalancingInventory(loadBalancers: loadBalancers, targetGroups: targetGroups, tags: tags)
        }
    }
}

extension AWSCloud {
    /// The tags of `arns`, by ARN; no call when there are none.
    func loadBalancingTags(of arns: [String], region: String) async throws -> [String: [String: String]] {
        var tags: [String: [String: String]] = [:]
        for start in stride(from: 0, to: arns.count, by: ELBv2.DescribeTags.limit) {
            let page = Array(arns[start..<min(start + ELBv2.DescribeTags.limit, arns.count)])
            for description in try await send(ELBv2.DescribeTags(resourceArns: page), region: region).tagDescriptions {
                guard let arn = description.resourceArn else { continue }
                tags[arn] = description.tags.byKey
            }
        }
        return tags
    }
}

extension ELBv2.Tag: TagPair {}
/// Attributes are pairs of the same kind.
extension ELBv2.Attribute: TagPair {}

/// What the four types of ELBv2 need in IAM, so that their statements join into two.
enum LoadBalancingPermissions {
    /// Reading has no resource-level permissions, whatever is read
    /// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html).
    static func reading(_ actions: Set<String>) -> Permission {
        Permission(Set(actions.map { "elasticloadbalancing:\($0)" }), on: ["*"])
    }

    /// Everything in ELBv2 that carries a name of the stack.
    static func writing(_ actions: Set<String>, at place: Place) -> Permission {
        Permission(
            Set(actions.map { "elasticloadbalancing:\($0)" }),
            on: Set(
                ["loadbalancer/app", "targetgroup", "listener/app", "listener-rule/app"].map {
                    place.arn("elasticloadbalancing", "\($0)/\(place.stack)-*")
                }))
    }
}
