import AWSServices
public import Provisioning

/// A VPC's door to the internet, attached to it.
public struct InternetGateway: AWSResource {
    public var vpc: Input

    public init(vpc: Input) { self.vpc = vpc }

    /// What `DescribeInternetGateways` says of it.
    public struct Observed: Sendable, Equatable {
        public var id: String
        /// The VPC it is attached to.
        public var vpc: String?
    }

    public static let type = "ec2:internet-gateway"
    public static let explanation = """
        Lets the public subnets reach the internet and be reached; free by itself. It cannot be detached while a public \
        address is mapped in the VPC.
        """
    public static let waiting = Waiting(deadline: .seconds(1800))
    public static let identification = Identification.tags

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        try scope.own(await scope.internetGateways()).map(Self.observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let gateway = try await scope.send(
            EC2.CreateInternetGateway(tagSpecifications: scope.tagging("internet-gateway"))
        ).internetGateway
        let vpc = try scope.value(vpc)
        try await UnfinishedCreation.guarding(gateway.internetGatewayId) {
            _ = try await scope.send(
                EC2.AttachInternetGateway(internetGatewayId: gateway.internetGatewayId, vpcId: vpc))
        }
        var made = Self.observation(of: gateway)
        made.settings.vpc = vpc
        return made
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("vpc", observed: observed.vpc, desired: vpc, in: values)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await detach(observed, scope)
        _ = try await scope.send(
            EC2.AttachInternetGateway(internetGatewayId: observed.id, vpcId: try scope.value(vpc)))
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        try await scope.deleting(blockedBy: EC2.Filter("vpc-id", [observed.vpc ?? "none"])) {
            try await detach(observed, scope)
            _ = try await scope.send(EC2.DeleteInternetGateway(internetGatewayId: observed.id))
        }
    }

    private func detach(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        guard let vpc = observed.vpc else { return }
        _ = try await scope.send(EC2.DetachInternetGateway(internetGatewayId: observed.id, vpcId: vpc))
    }

    public func permissions(at place: Place) -> [Permission] {
        NetworkPermissions.making("CreateInternetGateway", at: place) + [
            NetworkPermissions.reading(["DescribeInternetGateways", "DescribeNetworkInterfaces"]),
            NetworkPermissions.using(
                ["AttachInternetGateway", "DetachInternetGateway", "DeleteInternetGateway"], at: place),
        ]
    }

    private static func observation(of gateway: EC2.InternetGateway) -> Observation<Observed> {
        Observation(
            Observed(
                id: gateway.internetGatewayId,
                vpc: gateway.attachmentSet.first { !$0.state.hasPrefix("detach") }?.vpcId),
            identity: gateway.internetGatewayId, outputs: ["id": gateway.internetGatewayId], owner: .ours)
    }
}

extension Placed<InternetGateway> {
    public var id: Input { output("id") }
}
