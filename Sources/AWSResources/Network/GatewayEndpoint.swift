import AWSServices
public import Provisioning

/// A way to S3 or DynamoDB that does not go through NAT, by routes in the given tables.
public struct GatewayEndpoint: AWSResource {
    /// "s3", "dynamodb"
    public var service: String
    public var vpc: Input
    public var routeTables: [Input]

    public init(service: String, vpc: Input, routeTables: [Input]) {
        self.service = service
        self.vpc = vpc
        self.routeTables = routeTables
    }

    /// What `DescribeVpcEndpoints` says of it.
    public struct Observed: Sendable, Equatable {
        public var id: String
        public var routeTables: Set<String>
    }

    public static let type = "ec2:gateway-endpoint"
    public static let explanation = """
        Keeps traffic to S3 (image layers) and DynamoDB inside AWS's network and off the NAT gateways; free.
        """
    public static let waiting = Waiting(watchesDeletion: true)
    public static let identification = Identification.tags

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        try scope.own(await scope.vpcEndpoints(), isLeaving: \.isLeaving).map(Self.observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let endpoint = try await scope.send(
            EC2.CreateVpcEndpoint(
                vpcEndpointType: "Gateway", vpcId: try scope.value(vpc), serviceName: scope.endpointService(service),
                routeTableIds: try routeTables.map(scope.value), tagSpecifications: scope.tagging("vpc-endpoint"))
        ).vpcEndpoint
        return Self.observation(of: endpoint)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compareMembers("routeTables", observed: observed.routeTables, desired: routeTables, in: values)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let desired = Set(try routeTables.map(scope.value))
        var call = EC2.ModifyVpcEndpoint(vpcEndpointId: observed.id)
        call.addRouteTableIds = desired.subtracting(observed.routeTables).sorted()
        call.removeRouteTableIds = observed.routeTables.subtracting(desired).sorted()
        _ = try await scope.send(call)
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        try await scope.deleteEndpoint(observed.id)
    }

    public func permissions(at place: Place) -> [Permission] { EndpointPermissions.all(at: place) }

    private static func observation(of endpoint: EC2.VpcEndpoint) -> Observation<Observed> {
        Observation(
            Observed(id: endpoint.vpcEndpointId, routeTables: Set(endpoint.routeTableIdSet)),
            identity: endpoint.vpcEndpointId, outputs: ["id": endpoint.vpcEndpointId], owner: .ours,
            state: endpoint.resourceState)
    }
}
