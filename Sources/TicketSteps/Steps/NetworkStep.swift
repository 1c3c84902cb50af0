public import AWSResources
public import Provisioning
internal import StrictYAML

/// Step 00: a region's VPC over three zones, its ways in and out, and who may talk to whom.
public struct NetworkStep {
    public static let id: StepID = "00-network"

    public let vpc: Placed<VPC>
    /// One a zone, in the order of the zones' names; so are the private ones.
    public let publicSubnets: [Placed<Subnet>]
    public let privateSubnets: [Placed<Subnet>]
    public let albGroup: Placed<SecurityGroup>
    public let ecsGroup: Placed<SecurityGroup>
    public let redisGroup: Placed<SecurityGroup>
    public let auroraGroup: Placed<SecurityGroup>
    public let endpointsGroup: Placed<SecurityGroup>
    /// What must stand before something in the public subnets can face the internet.
    public let internetReady: [NodeID]
    /// What must stand before tasks in the private subnets can reach images, logs and queues.
    public let egressReady: [NodeID]

    /// The interface endpoints that `network.endpoints` may name.
    public static let interfaceServices = ["ecr.api", "ecr.dkr", "logs", "sqs", "secretsmanager"]

    private static let zones = ["a", "b", "c"]
    private static let anywhere = "0.0.0.0/0"

    /// - Throws: `ValueProblems` when `region.vpcCIDR` does not hold six subnets.
    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, context: StackContext
    ) throws {
        let blocks = try Self.blocks(of: region, prefixLength: stack.network.subnetPrefix)
        let vpc = try graph.add("vpc", in: region.name, step: Self.id, VPC(cidrBlock: region.vpcCIDR))
        self.vpc = vpc
        _ = try graph.add("sg-default", in: region.name, step: Self.id, DefaultSecurityGroup(vpc: vpc.id))

        publicSubnets = try Self.zones.enumerated().map { index, zone in
            try graph.add(
                "public-\(zone)", in: region.name, step: Self.id,
                Subnet(vpc: vpc.id, cidrBlock: blocks[index].description, zone: index, mapPublicIpOnLaunch: true))
        }
        privateSubnets = try Self.zones.enumerated().map { index, zone in
            try graph.add(
                "private-\(zone)", in: region.name, step: Self.id,
                Subnet(
                    vpc: vpc.id, cidrBlock: blocks[Self.zones.count + index].description, zone: index,
                    mapPublicIpOnLaunch: false))
        }

        let routeTables = try Self.addRoutes(
            to: &graph, stack, region, vpc: vpc, publicSubnets: publicSubnets, privateSubnets: privateSubnets)

        internetReady = [routeTables[0].id]

        let groups = try SecurityGroups(addingTo: &graph, stack: stack, region: region, vpc: vpc)
        albGroup = groups.alb
        ecsGroup = groups.ecs
        redisGroup = groups.redis
        auroraGroup = groups.aurora
        endpointsGroup = groups.endpoints

        egressReady =
            try routeTables.map(\.id)
            + Self.addEndpoints(
                to: &graph, stack, region, vpc: vpc, routeTables: routeTables, subnets: privateSubnets,
                group: groups.endpoints)
    }

    /// Six blocks: three public, three private.
    private static func blocks(of region: Stack.Region, prefixLength: Int) throws -> [CIDR] {
        let count = 2 * zones.count
        guard let block = CIDR(region.vpcCIDR) else {
            throw problem(region, "\"\(region.vpcCIDR)\" is not a block of addresses like 10.11.0.0/16")
        }
        guard let blocks = block.subdivided(into: count, prefixLength: prefixLength) else {
            throw problem(
                region,
                "\(block) does not hold \(count) subnets of /\(prefixLength); set a larger block here or a longer "
                    + "network.subnetPrefix")
        }
        return blocks
    }

    private static func problem(_ region: Stack.Region, _ message: String) -> ValueProblems {
        ValueProblems(problems: [
            ValueProblem(source: region.name, line: nil, path: "regions[].vpcCIDR", message: message)
        ])
    }

    /// The internet gateway, NAT by zone or in the first zone only, and the tables that lead there.
    /// - Returns: the route tables, the public one first.
    private static func addRoutes(
        to graph: inout Graph<AWSCloud>, _ stack: Stack, _ region: Stack.Region, vpc: Placed<VPC>,
        publicSubnets: [Placed<Subnet>], privateSubnets: [Placed<Subnet>]
    ) throws -> [Placed<RouteTable>] {
        let gateway = try graph.add("igw", in: region.name, step: id, InternetGateway(vpc: vpc.id))
        let publicTable = try graph.add(
            "rtb-public", in: region.name, step: id,
            RouteTable(vpc: vpc.id, routes: [anywhere: .internetGateway(gateway.id)], subnets: publicSubnets.map(\.id)))

        var nats: [Placed<NATGateway>] = []
        for (zone, subnet) in zip(zones, publicSubnets) {
            let presence: Graph<AWSCloud>.Presence =
                stack.network.nat == .perZone || zone == zones[0] ? .present : .absent
            let address = try graph.add(
                "eip-\(zone)", in: region.name, step: id, ElasticIP(), presence: presence)
            nats.append(
                try graph.add(
                    "nat-\(zone)", in: region.name, step: id,
                    NATGateway(subnet: subnet.id, allocationID: address.allocationID), presence: presence,
                    // EC2 refuses a NAT gateway in a VPC without a way out.
                    after: [gateway.id]))
        }
        let privateTables = try zones.enumerated().map { index, zone in
            let nat = stack.network.nat == .perZone ? nats[index] : nats[0]
            return try graph.add(
                "rtb-private-\(zone)", in: region.name, step: id,
                RouteTable(
                    vpc: vpc.id, routes: [anywhere: .natGateway(nat.id)], subnets: [privateSubnets[index].id]))
        }
        return [publicTable] + privateTables
    }

    /// - Returns: the endpoints that are present.
    private static func addEndpoints(
        to graph: inout Graph<AWSCloud>, _ stack: Stack, _ region: Stack.Region, vpc: Placed<VPC>,
        routeTables: [Placed<RouteTable>], subnets: [Placed<Subnet>], group: Placed<SecurityGroup>
    ) throws -> [NodeID] {
        var present: [NodeID] = []
        for service in ["s3", "dynamodb"] {
            present.append(
                try graph.add(
                    "endpoint-\(service)", in: region.name, step: id,
                    GatewayEndpoint(service: service, vpc: vpc.id, routeTables: routeTables.map(\.id))
                ).id)
        }
        for service in interfaceServices {
            let isWanted = stack.network.endpoints.contains(service)
            let endpoint = try graph.add(
                "endpoint-\(service.split(separator: ".").joined(separator: "-"))", in: region.name, step: id,
                InterfaceEndpoint(
                    service: service, vpc: vpc.id, subnets: subnets.map(\.id), securityGroups: [group.id]),
                presence: isWanted ? .present : .absent)
            if isWanted { present.append(endpoint.id) }
        }
        return present
    }
}

/// The five security groups of a region: each lets in only the one that needs it.
private struct SecurityGroups {
    let alb: Placed<SecurityGroup>
    let ecs: Placed<SecurityGroup>
    let redis: Placed<SecurityGroup>
    let aurora: Placed<SecurityGroup>
    let endpoints: Placed<SecurityGroup>

    /// Where tasks listen.
    private static let taskPort = 3000
    /// Where CloudFront's requests come from
    /// (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html).
    private static let cloudFrontPrefixList = "com.amazonaws.global.cloudfront.origin-facing"

    init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, vpc: Placed<VPC>
    ) throws {
        func add(
            _ name: String, _ description: String, _ rules: [SecurityGroupRule]
        ) throws -> Placed<SecurityGroup> {
            try graph.add(
                "sg-\(name)", in: region.name, step: NetworkStep.id,
                SecurityGroup(name: "\(stack.name)-\(name)", description: description, vpc: vpc.id, rules: rules))
        }
        alb = try add(
            "alb", "Load balancer: HTTP and HTTPS in, tasks out",
            Self.viewers(stack, region) + [
                // The VPC's addresses, not the group of the tasks, which refers to this one.
                .init(.egress, tcp: Self.taskPort, .cidr(region.vpcCIDR), description: "Requests to tasks")
            ])
        ecs = try add(
            "ecs", "Tasks: requests from the load balancer in, everything out",
            [
                .init(.ingress, tcp: Self.taskPort, .group(alb.id), description: "Requests from the load balancer"),
                .everythingOut,
            ])
        redis = try add(
            "redis", "Redis: tasks in",
            [.init(.ingress, tcp: 6379, .group(ecs.id), description: "Redis from tasks")])
        aurora = try add(
            "aurora", "Aurora: tasks in",
            [.init(.ingress, tcp: 5432, .group(ecs.id), description: "PostgreSQL from tasks")])
        endpoints = try add(
            "endpoints", "Interface endpoints: tasks in",
            [.init(.ingress, tcp: 443, .group(ecs.id), description: "AWS APIs from tasks")])
    }

    /// A rule that names the prefix list counts as 55 of the 60 that a group may have, so only the port that CloudFront
    /// uses is open to it.
    private static func viewers(_ stack: Stack, _ region: Stack.Region) -> [SecurityGroupRule] {
        let http = (port: 80, description: "HTTP from viewers")
        let https = (port: 443, description: "HTTPS from viewers")
        switch stack.network.albIngress {
        case .anywhere:
            return [http, https].map {
                .init(.ingress, tcp: $0.port, .cidr("0.0.0.0/0"), description: $0.description)
            }
        case .cloudfront:
            let used = region.certificate == nil ? http : https
            return [
                .init(
                    .ingress, tcp: used.port, .managedPrefixList(cloudFrontPrefixList), description: used.description)
            ]
        }
    }
}
