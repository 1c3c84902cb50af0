import AWSCore
import AWSServices
import Provisioning

/// What a region has in EC2 under the stack's tags: one list call a kind, shared by every resource.
extension Scope<AWSCloud> {
    func vpcs() async throws -> [EC2.Vpc] {
        try await listed(EC2.DescribeVpcs(filters: [stackFilter]), \.vpcSet)
    }

    func subnets() async throws -> [EC2.Subnet] {
        try await listed(EC2.DescribeSubnets(filters: [stackFilter]), \.subnetSet)
    }

    func internetGateways() async throws -> [EC2.InternetGateway] {
        try await listed(EC2.DescribeInternetGateways(filters: [stackFilter]), \.internetGatewaySet)
    }

    func addresses() async throws -> [EC2.Address] {
        try await shared("ec2:DescribeAddresses") { [self] in
            try await send(EC2.DescribeAddresses(filters: [stackFilter])).addressesSet
        }
    }

    /// Deleted ones too: they are listed for an hour.
    func natGateways() async throws -> [EC2.NatGateway] {
        try await listed(EC2.DescribeNatGateways(filters: [stackFilter]), \.natGatewaySet)
    }

    func routeTables() async throws -> [EC2.RouteTable] {
        try await listed(EC2.DescribeRouteTables(filters: [stackFilter]), \.routeTableSet)
    }

    /// All groups of `vpc`, those that are not ours included: a name is unique in a VPC.
    func securityGroups(of vpc: String) async throws -> [EC2.SecurityGroup] {
        try await listed(
            EC2.DescribeSecurityGroups(filters: [EC2.Filter("vpc-id", [vpc])]), \.securityGroupInfo
        ).filter { $0.vpcId == vpc }
    }

    func vpcEndpoints() async throws -> [EC2.VpcEndpoint] {
        try await listed(EC2.DescribeVpcEndpoints(filters: [stackFilter]), \.vpcEndpointSet)
            .filter { $0.state.lowercased() != "deleted" }
    }

    /// Ids by name of AWS's own prefix lists.
    /// - Throws: `ProvisioningError` when one does not exist in this region.
    func prefixLists(named names: Set<String>) async throws -> [String: String] {
        guard !names.isEmpty else { return [:] }
        let lists = try await listed(
            EC2.DescribeManagedPrefixLists(filters: [EC2.Filter("owner-id", ["AWS"])]), \.prefixListSet)
        let ids = Dictionary(
            lists.map { ($0.prefixListName, $0.prefixListId) }, uniquingKeysWith: { first, _ in first })
        if let missing = names.sorted().first(where: { ids[$0] == nil }) {
            throw ProvisioningError(
                .failed, "\(node): \(region) has no managed prefix list \(missing)",
                next: "set network.albIngress to anywhere")
        }
        return ids.filter { names.contains($0.key) }
    }

    /// The first of the region's available standard zones, by name, at `index`.
    func availabilityZone(_ index: Int) async throws -> String {
        let zones = try await shared("ec2:DescribeAvailabilityZones") { [self] in
            try await send(EC2.DescribeAvailabilityZones(filters: [EC2.Filter("state", ["available"])]))
                .availabilityZoneInfo
                .filter { ($0.zoneType ?? "availability-zone") == "availability-zone" }
                .map(\.zoneName).sorted()
        }
        guard index < zones.count else {
            throw ProvisioningError(
                .failed, "\(node): \(region) has \(zones.count) available zones, \(index + 1) are needed",
                next: "choose another region in the stack file")
        }
        return zones[index]
    }

    /// The one of `candidates` that carries this resource's tags, on its way out only if there is no other. Filters of
    /// list calls are not relied upon.
    /// - Throws: `ProvisioningError` when there are two: which one the others use cannot be known here.
    func own<Candidate: EC2.Tagged>(
        _ candidates: [Candidate], isLeaving: (Candidate) -> Bool = { _ in false }
    ) throws -> Candidate? {
        let own = candidates.filter { tags.owner(of: $0.tags) == .ours }
        let staying = own.filter { !isLeaving($0) }
        guard staying.count < 2 else {
            throw ProvisioningError(
                .failed,
                "\(staying.map(\.identifier).sorted().joined(separator: " and ")) in \(region) both carry the tags of \(node)",
                next: "delete the one that is not used, or take its tag \(IdentityTags.idKey) away")
        }
        return staying.first ?? own.first
    }

    /// Tags for the creating call of a `resourceType`, "vpc".
    func tagging(_ resourceType: String) -> [EC2.TagSpecification] {
        [EC2.TagSpecification(resourceType, tags.all)]
    }

    private var stackFilter: EC2.Filter { EC2.Filter("tag:\(IdentityTags.stackKey)", [tags.stack]) }

    private func listed<Operation: EC2.Listing, Element: Sendable>(
        _ operation: Operation, _ elements: @escaping @Sendable (Operation.Output) -> [Element]
    ) async throws -> [Element] {
        try await shared("ec2:\(Operation.action)") { [cloud, region] in
            try await cloud.client.all(operation, region: region, elements)
        }
    }
}
