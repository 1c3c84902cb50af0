import AWSServices
public import Provisioning

/// A virtual private cloud: the network of one region.
public struct VPC: AWSResource {
    /// "10.11.0.0/16"
    public var cidrBlock: String
    /// Endpoints' private names need both.
    public var enableDnsSupport: Bool
    public var enableDnsHostnames: Bool

    public init(cidrBlock: String, enableDnsSupport: Bool = true, enableDnsHostnames: Bool = true) {
        self.cidrBlock = cidrBlock
        self.enableDnsSupport = enableDnsSupport
        self.enableDnsHostnames = enableDnsHostnames
    }

    /// What `DescribeVpcs` and `DescribeVpcAttribute` say of it.
    public struct Observed: Sendable, Equatable {
        public var id: String
        public var cidrBlock: String
        public var enableDnsSupport: Bool
        public var enableDnsHostnames: Bool
    }

    public static let type = "ec2:vpc"
    public static let explanation = """
        The private network that everything of a region stands in; free by itself. Its address block cannot be changed, \
        and it goes only when the last network interface in it is gone.
        """
    public static let waiting = Waiting(deadline: .seconds(1800))
    public static let identification = Identification.tags

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let vpc = try scope.own(await scope.vpcs()) else { return nil }
        async let support = scope.send(EC2.DescribeVpcAttribute(vpcId: vpc.vpcId, attribute: .enableDnsSupport))
        async let hostnames = scope.send(EC2.DescribeVpcAttribute(vpcId: vpc.vpcId, attribute: .enableDnsHostnames))
        return Self.observation(
            of: vpc, support: try await support.enableDnsSupport?.value ?? true,
            hostnames: try await hostnames.enableDnsHostnames?.value ?? false)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let vpc = try await scope.send(
            EC2.CreateVpc(cidrBlock: cidrBlock, tagSpecifications: scope.tagging("vpc"))
        ).vpc
        // A new VPC has DNS, but no host names.
        let made = Self.observation(of: vpc, support: true, hostnames: false)
        try await UnfinishedCreation.guarding(vpc.vpcId) { try await apply(to: made.settings, scope) }
        return Self.observation(of: vpc, support: enableDnsSupport, hostnames: enableDnsHostnames)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("cidrBlock", observed: observed.cidrBlock, desired: cidrBlock, isImmutable: true)
        list.compare("enableDnsSupport", observed: observed.enableDnsSupport, desired: enableDnsSupport)
        list.compare("enableDnsHostnames", observed: observed.enableDnsHostnames, desired: enableDnsHostnames)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await apply(to: observed, scope)
        return nil
    }

    /// Host names need DNS, so that is switched on first.
    private func apply(to observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        if observed.enableDnsSupport != enableDnsSupport {
            _ = try await scope.send(
                EC2.ModifyVpcAttribute(vpcId: observed.id, enableDnsSupport: .init(value: enableDnsSupport)))
        }
        if observed.enableDnsHostnames != enableDnsHostnames {
            _ = try await scope.send(
                EC2.ModifyVpcAttribute(vpcId: observed.id, enableDnsHostnames: .init(value: enableDnsHostnames)))
        }
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        try await scope.deleting(blockedBy: EC2.Filter("vpc-id", [observed.id])) {
            _ = try await scope.send(EC2.DeleteVpc(vpcId: observed.id))
        }
    }

    public func permissions(at place: Place) -> [Permission] {
        NetworkPermissions.making("CreateVpc", at: place) + [
            NetworkPermissions.reading(["DescribeVpcs", "DescribeNetworkInterfaces"]),
            NetworkPermissions.using(["DescribeVpcAttribute", "ModifyVpcAttribute", "DeleteVpc"], at: place),
        ]
    }

    private static func observation(of vpc: EC2.Vpc, support: Bool, hostnames: Bool) -> Observation<Observed> {
        Observation(
            Observed(
                id: vpc.vpcId, cidrBlock: vpc.cidrBlock, enableDnsSupport: support, enableDnsHostnames: hostnames),
            identity: vpc.vpcId, outputs: ["id": vpc.vpcId], owner: .ours,
            state: vpc.state == "available" ? .ready : .changing(vpc.state))
    }
}

extension Placed<VPC> {
    public var id: Input { output("id") }
}
