import AWSServices
public import Provisioning

/// A way to an AWS service by an address in each of the given subnets, under the service's usual name.
public struct InterfaceEndpoint: AWSResource {
    /// "ecr.api", "sqs"
    public var service: String
    public var vpc: Input
    public var subnets: [Input]
    public var securityGroups: [Input]

    public init(service: String, vpc: Input, subnets: [Input], securityGroups: [Input]) {
        self.service = service
        self.vpc = vpc
        self.subnets = subnets
        self.securityGroups = securityGroups
    }

    /// What `DescribeVpcEndpoints` says of it.
    public struct Observed: Sendable, Equatable {
        public var id: String
        public var subnets: Set<String>
        /// nil where the answer does not say: AWS always lists at least one, the emulator none.
        public var securityGroups: Set<String>?
        /// nil where the answer does not say; AWS always does, the emulator never.
        public var privateDnsEnabled: Bool?
    }

    public static let type = "ec2:interface-endpoint"
    public static let explanation = """
        Lets tasks reach an AWS service without NAT. Costs by the hour and zone, and by the GB (less than NAT's); the list \
        `network.endpoints` says which ones there are.
        """
    public static let waiting = Waiting(deadline: .seconds(900), watchesDeletion: true)
    public static let identification = Identification.tags

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        try scope.own(await scope.vpcEndpoints(), isLeaving: \.isLeaving).map(Self.observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let endpoint = try await scope.send(
            EC2.CreateVpcEndpoint(
                vpcEndpointType: "Interface", vpcId: try scope.value(vpc), serviceName: scope.endpointService(service),
                subnetIds: try subnets.map(scope.value), securityGroupIds: try securityGroups.map(scope.value),
                privateDnsEnabled: true, tagSpecifications: scope.tagging("vpc-endpoint"))
        ).vpcEndpoint
        return Self.observation(of: endpoint)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compareMembers("subnets", observed: observed.subnets, desired: subnets, in: values)
        if let groups = observed.securityGroups {
            list.compareMembers("securityGroups", observed: groups, desired: securityGroups, in: values)
        }
        list.compare("privateDnsEnabled", observed: observed.privateDnsEnabled ?? true, desired: true)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let subnets = Set(try self.subnets.map(scope.value))
        var call = EC2.ModifyVpcEndpoint(vpcEndpointId: observed.id)
        call.addSubnetIds = subnets.subtracting(observed.subnets).sorted()
        call.removeSubnetIds = observed.subnets.subtracting(subnets).sorted()
        if let current = observed.securityGroups {
            let groups = Set(try securityGroups.map(scope.value))
            call.addSecurityGroupIds = groups.subtracting(current).sorted()
            call.removeSecurityGroupIds = current.subtracting(groups).sorted()
        }
        if observed.privateDnsEnabled == false { call.privateDnsEnabled = true }
        _ = try await scope.send(call)
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        try await scope.deleteEndpoint(observed.id)
    }

    public func permissions(at place: Place) -> [Permission] {
        EndpointPermissions.all(at: place) + [
            // The private names live in a zone of AWS's own, whose id nobody knows before; CreateVpcEndpoint ties the VPC
            // to it in the caller's name
            // (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html, dependent actions).
            Permission(["route53:AssociateVPCWithHostedZone"], on: ["arn:\(place.partition):route53:::hostedzone/*"])
        ]
    }

    private static func observation(of endpoint: EC2.VpcEndpoint) -> Observation<Observed> {
        Observation(
            Observed(
                id: endpoint.vpcEndpointId, subnets: Set(endpoint.subnetIdSet),
                securityGroups: endpoint.groupSet.isEmpty ? nil : Set(endpoint.groupSet.map(\.groupId)),
                privateDnsEnabled: endpoint.privateDnsEnabled),
            identity: endpoint.vpcEndpointId, outputs: ["id": endpoint.vpcEndpointId], owner: .ours,
            state: endpoint.resourceState)
    }
}
