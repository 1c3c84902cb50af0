import AWSServices
public import Provisioning

/// A VPC's address block in one zone.
public struct Subnet: AWSResource {
    public var vpc: Input
    public var cidrBlock: String
    /// Which of the region's zones, from 0, in the order of their names. Asked when the subnet is made and not managed
    /// later: zones come and go.
    public var zone: Int
    /// True in public subnets.
    public var mapPublicIpOnLaunch: Bool

    public init(vpc: Input, cidrBlock: String, zone: Int, mapPublicIpOnLaunch: Bool) {
        self.vpc = vpc
        self.cidrBlock = cidrBlock
        self.zone = zone
        self.mapPublicIpOnLaunch = mapPublicIpOnLaunch
    }

    /// What `DescribeSubnets` says of it.
    public struct Observed: Sendable, Equatable {
        public var id: String
        public var vpc: String
        public var cidrBlock: String
        public var mapPublicIpOnLaunch: Bool
    }

    public static let type = "ec2:subnet"
    public static let explanation = """
        Addresses in one zone: public ones for the load balancer and NAT, private ones for tasks and data; free. Its block \
        cannot be changed, and it goes only when the last network interface in it is gone.
        """
    public static let waiting = Waiting(deadline: .seconds(1800))
    public static let identification = Identification.tags

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        try scope.own(await scope.subnets()).map(Self.observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        var subnet = try await scope.send(
            EC2.CreateSubnet(
                vpcId: try scope.value(vpc), cidrBlock: cidrBlock,
                availabilityZone: try await scope.availabilityZone(zone), tagSpecifications: scope.tagging("subnet"))
        ).subnet
        try await UnfinishedCreation.guarding(subnet.subnetId) {
            try await apply(to: Self.observation(of: subnet).settings, scope)
        }
        subnet.mapPublicIpOnLaunch = mapPublicIpOnLaunch
        return Self.observation(of: subnet)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("vpc", observed: observed.vpc, desired: vpc, in: values, isImmutable: true)
        list.compare("cidrBlock", observed: observed.cidrBlock, desired: cidrBlock, isImmutable: true)
        list.compare(
            "mapPublicIpOnLaunch", observed: observed.mapPublicIpOnLaunch, desired: mapPublicIpOnLaunch)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await apply(to: observed, scope)
        return nil
    }

    private func apply(to observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        guard observed.mapPublicIpOnLaunch != mapPublicIpOnLaunch else { return }
        _ = try await scope.send(
            EC2.ModifySubnetAttribute(subnetId: observed.id, mapPublicIpOnLaunch: .init(value: mapPublicIpOnLaunch)))
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        try await scope.deleting(blockedBy: EC2.Filter("subnet-id", [observed.id])) {
            _ = try await scope.send(EC2.DeleteSubnet(subnetId: observed.id))
        }
    }

    public func permissions(at place: Place) -> [Permission] {
        NetworkPermissions.making("CreateSubnet", at: place) + [
            NetworkPermissions.reading([
                "DescribeSubnets", "DescribeAvailabilityZones", "DescribeNetworkInterfaces",
            ]),
            NetworkPermissions.using(["CreateSubnet", "ModifySubnetAttribute", "DeleteSubnet"], at: place),
        ]
    }

    private static func observation(of subnet: EC2.Subnet) -> Observation<Observed> {
        let state: ResourceState =
            switch subnet.state {
            case "available": .ready
            case "failed", "unavailable", "failed-insufficient-capacity": .failed(subnet.state)
            default: .changing(subnet.state)
            }
        return Observation(
            Observed(
                id: subnet.subnetId, vpc: subnet.vpcId, cidrBlock: subnet.cidrBlock,
                mapPublicIpOnLaunch: subnet.mapPublicIpOnLaunch),
            identity: subnet.subnetId, outputs: ["id": subnet.subnetId, "zone": subnet.availabilityZone],
            owner: .ours, state: state)
    }
}

extension Placed<Subnet> {
    public var id: Input { output("id") }
    /// "ap-northeast-1a"
    public var zone: Input { output("zone") }
}
