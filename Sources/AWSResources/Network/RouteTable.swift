import AWSServices
public import Provisioning

/// Where the traffic of its subnets goes: declared routes and subnets; others are left alone.
public struct RouteTable: AWSResource {
    /// A route's next hop.
    public enum Target: Sendable, Encodable {
        case internetGateway(Input)
        case natGateway(Input)

        var id: Input {
            switch self {
            case .internetGateway(let id), .natGateway(let id): id
            }
        }

        public func encode(to encoder: any Encoder) throws { try id.encode(to: encoder) }
    }

    public var vpc: Input
    /// By destination, "0.0.0.0/0".
    public var routes: [String: Target]
    /// The subnets that use it.
    public var subnets: [Input]

    public init(vpc: Input, routes: [String: Target], subnets: [Input]) {
        self.vpc = vpc
        self.routes = routes
        self.subnets = subnets
    }

    /// What `DescribeRouteTables` says of it.
    public struct Observed: Sendable, Equatable {
        public var id: String
        public var vpc: String
        /// Target by destination, without the VPC's own route and those of endpoints.
        public var routes: [String: String]
        /// Association by subnet.
        public var associations: [String: String]
    }

    public static let type = "ec2:route-table"
    public static let explanation = """
        Sends the traffic of its subnets to the internet gateway (public) or a NAT gateway (private); free. Routes and \
        subnets that the stack does not name stay as they are.
        """
    public static let identification = Identification.tags

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        try scope.own(await scope.routeTables()).map(Self.observation)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let table = try await scope.send(
            EC2.CreateRouteTable(vpcId: try scope.value(vpc), tagSpecifications: scope.tagging("route-table"))
        ).routeTable
        var made = Self.observation(of: table)
        try await UnfinishedCreation.guarding(table.routeTableId) {
            // A new stack's subnets use no other table, so the associations in the way are not looked for.
            try await apply(to: &made.settings, others: [:], scope)
        }
        return made
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("vpc", observed: observed.vpc, desired: vpc, in: values, isImmutable: true)
        for (destination, target) in routes.sorted(by: { $0.key < $1.key }) {
            list.compare(
                "routes[\(destination)]", observed: observed.routes[destination], desired: target.id, in: values)
        }
        for (index, subnet) in subnets.enumerated() {
            let known = values.known(subnet)
            if known == nil || known.flatMap({ observed.associations[$0] }) == nil {
                list.compare(
                    "subnets[\(known ?? String(index))]", observed: String?.none,
                    desired: known == nil ? Change.unknown : "associated")
            }
        }
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        var observed = observed
        var others: [String: String] = [:]
        if changes.contains(where: { $0.setting.hasPrefix("subnets[") }) {
            for association in try await scope.routeTables().flatMap(\.associationSet) {
                if let subnet = association.subnetId { others[subnet] = association.routeTableAssociationId }
            }
        }
        try await apply(to: &observed, others: others, scope)
        return nil
    }

    /// - Parameter others: associations of subnets with other tables.
    private func apply(
        to observed: inout Observed, others: [String: String], _ scope: Scope<AWSCloud>
    ) async throws {
        for (destination, target) in routes.sorted(by: { $0.key < $1.key }) {
            let id = try scope.value(target.id)
            guard observed.routes[destination] != id else { continue }
            let (gateway, nat): (String?, String?) =
                switch target {
                case .internetGateway: (id, nil)
                case .natGateway: (nil, id)
                }
            if observed.routes[destination] == nil {
                _ = try await scope.send(
                    EC2.CreateRoute(
                        routeTableId: observed.id, destinationCidrBlock: destination, gatewayId: gateway,
                        natGatewayId: nat))
            } else {
                _ = try await scope.send(
                    EC2.ReplaceRoute(
                        routeTableId: observed.id, destinationCidrBlock: destination, gatewayId: gateway,
                        natGatewayId: nat))
            }
            observed.routes[destination] = id
        }
        for subnet in try subnets.map(scope.value) where observed.associations[subnet] == nil {
            if let other = others[subnet] {
                observed.associations[subnet] = try await scope.send(
                    EC2.ReplaceRouteTableAssociation(associationId: other, routeTableId: observed.id)
                ).newAssociationId
            } else {
                observed.associations[subnet] = try await scope.send(
                    EC2.AssociateRouteTable(routeTableId: observed.id, subnetId: subnet)
                ).associationId
            }
        }
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        for (_, association) in observed.associations.sorted(by: { $0.key < $1.key }) {
            _ = try await scope.send(EC2.DisassociateRouteTable(associationId: association))
        }
        _ = try await scope.send(EC2.DeleteRouteTable(routeTableId: observed.id))
    }

    public func permissions(at place: Place) -> [Permission] {
        NetworkPermissions.making("CreateRouteTable", at: place) + [
            NetworkPermissions.reading(["DescribeRouteTables"]),
            NetworkPermissions.using(
                [
                    "CreateRouteTable", "CreateRoute", "ReplaceRoute", "AssociateRouteTable",
                    "ReplaceRouteTableAssociation", "DisassociateRouteTable", "DeleteRouteTable",
                ], at: place),
        ]
    }

    private static func observation(of table: EC2.RouteTable) -> Observation<Observed> {
        var routes: [String: String] = [:]
        for route in table.routeSet where route.gatewayId != "local" {
            // Routes to prefix lists are made by gateway endpoints.
            if let destination = route.destinationCidrBlock {
                routes[destination] = route.gatewayId ?? route.natGatewayId ?? "another target"
            }
        }
        var associations: [String: String] = [:]
        for association in table.associationSet {
            if let subnet = association.subnetId { associations[subnet] = association.routeTableAssociationId }
        }
        return Observation(
            Observed(id: table.routeTableId, vpc: table.vpcId, routes: routes, associations: associations),
            identity: table.routeTableId, outputs: ["id": table.routeTableId], owner: .ours)
    }
}

extension Placed<RouteTable> {
    public var id: Input { output("id") }
}
