import AWSServices
import Foundation
public import Provisioning

/// An application load balancer that faces the internet.
public struct LoadBalancer: AWSResource {
    /// At most 32 letters, digits and hyphens.
    public var name: String
    /// In at least two zones.
    public var subnets: [Input]
    public var securityGroups: [Input]
    /// "idle_timeout.timeout_seconds": "60"; those not named are not managed.
    public var attributes: [String: String]

    public init(name: String, subnets: [Input], securityGroups: [Input], attributes: [String: String]) {
        self.name = name
        self.subnets = subnets
        self.securityGroups = securityGroups
        self.attributes = attributes
    }

    /// What `DescribeLoadBalancers` and `DescribeLoadBalancerAttributes` say of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        public var scheme: String
        public var subnets: Set<String>
        public var securityGroups: Set<String>
        public var attributes: [String: String]
    }

    public static let type = "elasticloadbalancing:loadbalancer"
    public static let explanation = """
        Spreads requests over the tasks of public and confirm. Costs by the hour and by load (LCU). Its name has at most \
        32 characters, and an equal one is returned whoever owns it, so its tags are looked at first.
        """
    public static let waiting = Waiting(deadline: .seconds(600), watchesDeletion: true)

    private static let scheme = "internet-facing"
    private static let deletionProtection = "deletion_protection.enabled"

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let inventory = try await scope.loadBalancingInventory()
        guard let found = inventory.loadBalancers.first(where: { $0.loadBalancerName == name }) else { return nil }
        let attributes = try await scope.send(
            ELBv2.DescribeLoadBalancerAttributes(loadBalancerArn: found.loadBalancerArn)
        ).attributes
        let owner = scope.tags.owner(of: inventory.tags[found.loadBalancerArn] ?? [:])
        return Self.observation(of: found, attributes: attributes.byKey, owner: owner)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let answer = try await scope.send(
            ELBv2.CreateLoadBalancer(
                name: name, subnets: try subnets.map(scope.value), securityGroups: try securityGroups.map(scope.value),
                scheme: Self.scheme, type: "application", ipAddressType: "ipv4", tags: .init(scope.tags.all)))
        guard let made = answer.loadBalancers.first else {
            throw ProvisioningError(.failed, "CreateLoadBalancer answered without a load balancer")
        }
        try await set(attributes, of: made.loadBalancerArn, scope)
        return Self.observation(of: made, attributes: attributes, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("scheme", observed: observed.scheme, desired: Self.scheme, isImmutable: true)
        list.compareMembers("subnets", observed: observed.subnets, desired: subnets, in: values)
        list.compareMembers("securityGroups", observed: observed.securityGroups, desired: securityGroups, in: values)
        list.compare(
            "attributes", observed: observed.attributes.filter { attributes[$0.key] != nil }, desired: attributes)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let settings = changes.map(\.setting)
        if settings.contains(where: { $0.hasPrefix("subnets") }) {
            _ = try await scope.send(
                ELBv2.SetSubnets(loadBalancerArn: observed.arn, subnets: try subnets.map(scope.value)))
        }
        if settings.contains(where: { $0.hasPrefix("securityGroups") }) {
            _ = try await scope.send(
                ELBv2.SetSecurityGroups(
                    loadBalancerArn: observed.arn, securityGroups: try securityGroups.map(scope.value)))
        }
        let changed = attributes.filter { observed.attributes[$0.key] != $0.value }
        if !changed.isEmpty { try await set(changed, of: observed.arn, scope) }
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        if observed.attributes[Self.deletionProtection] == "true" {
            try await set([Self.deletionProtection: "false"], of: observed.arn, scope)
        }
        _ = try await scope.send(ELBv2.DeleteLoadBalancer(loadBalancerArn: observed.arn))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            LoadBalancingPermissions.reading([
                "DescribeLoadBalancers", "DescribeTargetGroups", "DescribeTags", "DescribeLoadBalancerAttributes",
            ]),
            LoadBalancingPermissions.writing(
                [
                    "CreateLoadBalancer", "AddTags", "ModifyLoadBalancerAttributes", "SetSubnets", "SetSecurityGroups",
                    "DeleteLoadBalancer",
                ], at: place),
            // ELB looks at the network that it is given under the caller's permissions.
            Permission(
                [
                    "ec2:DescribeAccountAttributes", "ec2:DescribeAddresses", "ec2:DescribeInternetGateways",
                    "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
                ], on: ["*"]),
        ]
    }

    private func set(_ attributes: [String: String], of arn: String, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            ELBv2.ModifyLoadBalancerAttributes(loadBalancerArn: arn, attributes: .init(attributes)))
    }

    private static func observation(
        of found: ELBv2.LoadBalancer, attributes: [String: String], owner: Owner
    ) -> Observation<Observed> {
        var outputs = [
            "arn": found.loadBalancerArn, "arnSuffix": arnSuffix(found.loadBalancerArn, after: "loadbalancer/"),
        ]
        outputs["dnsName"] = found.dnsName
        return Observation(
            Observed(
                arn: found.loadBalancerArn, scheme: found.scheme ?? scheme,
                subnets: Set(found.availabilityZones.compactMap(\.subnetId)),
                securityGroups: Set(found.securityGroups), attributes: attributes),
            identity: found.loadBalancerArn, outputs: outputs, owner: owner, state: state(of: found))
    }

    private static func state(of found: ELBv2.LoadBalancer) -> ResourceState {
        switch found.state?.code {
        case "provisioning"?: .changing("provisioning")
        case "failed"?: .failed(["failed", found.state?.reason].compactMap(\.self).joined(separator: ": "))
        // "active_impaired" routes, so whatever waits for it may go on.
        default: .ready
        }
    }

    /// What metrics and scaling policies call a load balancer or a target group: its ARN from behind `marker`.
    static func arnSuffix(_ arn: String, after marker: String) -> String {
        arn.range(of: marker).map { String(arn[$0.upperBound...]) } ?? arn
    }
}

extension Placed<LoadBalancer> {
    public var arn: Input { output("arn") }
    public var dnsName: Input { output("dnsName") }
    /// "app/<name>/<id>", the dimension LoadBalancer of its metrics.
    public var arnSuffix: Input { output("arnSuffix") }
}
