import AWSCore
import AWSServices
import Provisioning
import TestSupport
import Testing

@testable import AWSResources

@Suite struct NetworkTests {
    static func answer(_ action: String, _ inner: String) -> ScriptedCloud.Answer {
        .json("<\(action)Response><requestId>1</requestId>\(inner)</\(action)Response>")
    }

    static func refusal(_ code: String) -> ScriptedCloud.Answer {
        .init(
            status: 400,
            body: "<Response><Errors><Error><Code>\(code)</Code><Message>Refused.</Message></Error></Errors>"
                + "<RequestID>1</RequestID></Response>")
    }

    static func tagSet(_ id: String) -> String {
        let items = ScriptedCloud.tags(id).all.map { "<item><key>\($0)</key><value>\($1)</value></item>" }
        return "<tagSet>\(items.joined())</tagSet>"
    }

    // MARK: VPC

    static func vpc(_ id: String, tags: String = tagSet("vpc")) -> String {
        "<item><vpcId>\(id)</vpcId><state>available</state><cidrBlock>10.11.0.0/16</cidrBlock>\(tags)</item>"
    }

    static func vpcs(_ items: String) -> ScriptedCloud.Answer {
        answer("DescribeVpcs", "<vpcSet>\(items)</vpcSet>")
    }

    /// Both attributes are answered with the same text; the one that was not asked for is ignored.
    static let attributes = answer(
        "DescribeVpcAttribute",
        "<enableDnsSupport><value>true</value></enableDnsSupport>"
            + "<enableDnsHostnames><value>false</value></enableDnsHostnames>")

    @Test func aVPCIsFoundByItsTagsWhateverTheFilterLetThrough() async throws {
        let cloud = ScriptedCloud([
            "DescribeVpcs": [Self.vpcs(Self.vpc("vpc-other", tags: Self.tagSet("vpc-b")) + Self.vpc("vpc-1"))],
            "DescribeVpcAttribute": [Self.attributes],
        ])
        let vpc = VPC(cidrBlock: "10.11.0.0/16")
        let found = try #require(try await vpc.read(cloud.scope("vpc")))
        #expect(found.outputs == ["id": "vpc-1"])
        #expect(
            vpc.changes(from: found.settings, Values()) == [Change("enableDnsHostnames", from: "false", to: "true")])
        let list = try #require(cloud.transport.requests.first).bodyText
        #expect(list.contains("Filter.1.Name=tag%3Atickctl%3Astack&Filter.1.Value.1=ticket"))
    }

    @Test func nothingIsAskedOfAVPCThatDoesNotExist() async throws {
        let cloud = ScriptedCloud(["DescribeVpcs": [Self.vpcs("")]])
        #expect(try await VPC(cidrBlock: "10.11.0.0/16").read(cloud.scope("vpc")) == nil)
        #expect(cloud.actions == ["DescribeVpcs"])
    }

    @Test func twoWithTheSameTagsAreAnErrorThatNamesBoth() async throws {
        let cloud = ScriptedCloud(["DescribeVpcs": [Self.vpcs(Self.vpc("vpc-2") + Self.vpc("vpc-1"))]])
        let error = await #expect(throws: ProvisioningError.self) {
            try await VPC(cidrBlock: "10.11.0.0/16").read(cloud.scope("vpc"))
        }
        #expect(error?.what.contains("vpc-1 and vpc-2 in ap-northeast-1 both carry the tags") == true)
    }

    @Test func aVPCIsMadeWithItsTagsAndThenGetsHostNames() async throws {
        let cloud = ScriptedCloud([
            "CreateVpc": [
                Self.answer(
                    "CreateVpc",
                    "<vpc><vpcId>vpc-1</vpcId><state>pending</state><cidrBlock>10.11.0.0/16</cidrBlock></vpc>")
            ],
            "ModifyVpcAttribute": [Self.answer("ModifyVpcAttribute", "<return>true</return>")],
        ])
        let vpc = VPC(cidrBlock: "10.11.0.0/16")
        let made = try await vpc.create(cloud.scope("vpc"))
        #expect(made.state == .changing("pending"))
        #expect(vpc.changes(from: made.settings, Values()) == [])
        let bodies = cloud.transport.requests.map(\.bodyText)
        try #require(bodies.count == 2)
        #expect(bodies[0].contains("TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=Name"))
        #expect(bodies[0].contains("Tag.3.Key=tickctl%3Astack&TagSpecification.1.Tag.3.Value=ticket"))
        #expect(bodies[1].contains("VpcId=vpc-1&EnableDnsHostnames.Value=true"))
    }

    @Test func aVPCWhoseLaterCallFailsIsUnfinishedNotUnmade() async throws {
        let cloud = ScriptedCloud([
            "CreateVpc": [
                Self.answer(
                    "CreateVpc",
                    "<vpc><vpcId>vpc-1</vpcId><state>pending</state><cidrBlock>10.11.0.0/16</cidrBlock></vpc>")
            ],
            "ModifyVpcAttribute": [Self.refusal("InvalidVpcID.NotFound")],
        ])
        let error = await #expect(throws: UnfinishedCreation.self) {
            try await VPC(cidrBlock: "10.11.0.0/16").create(cloud.scope("vpc"))
        }
        #expect(error?.identity == "vpc-1")
    }

    // MARK: Subnet

    static let subnet = Subnet(vpc: "vpc-1", cidrBlock: "10.11.0.0/20", zone: 1, mapPublicIpOnLaunch: true)

    @Test func aSubnetStandsInTheZoneOfItsNumber() async throws {
        func zone(_ name: String, _ type: String) -> String {
            "<item><zoneName>\(name)</zoneName><zoneState>available</zoneState><zoneType>\(type)</zoneType></item>"
        }
        let zones =
            zone("ap-northeast-1d", "availability-zone") + zone("ap-northeast-1-tpe-1a", "local-zone")
            + zone("ap-northeast-1a", "availability-zone")
        let cloud = ScriptedCloud([
            "DescribeAvailabilityZones": [
                Self.answer("DescribeAvailabilityZones", "<availabilityZoneInfo>\(zones)</availabilityZoneInfo>")
            ],
            "CreateSubnet": [
                Self.answer(
                    "CreateSubnet",
                    """
                    <subnet><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><cidrBlock>10.11.0.0/20</cidrBlock>
                    <availabilityZone>ap-northeast-1d</availabilityZone><state>available</state>
                    <mapPublicIpOnLaunch>false</mapPublicIpOnLaunch></subnet>
                    """)
            ],
            "ModifySubnetAttribute": [Self.answer("ModifySubnetAttribute", "<return>true</return>")],
        ])
        let made = try await Self.subnet.create(cloud.scope("public-b"))
        #expect(made.outputs == ["id": "subnet-1", "zone": "ap-northeast-1d"])
        #expect(Self.subnet.changes(from: made.settings, Values()) == [])
        #expect(cloud.transport.requests[1].bodyText.contains("AvailabilityZone=ap-northeast-1d"))

        var third = Self.subnet
        third.zone = 2
        let error = await #expect(throws: ProvisioningError.self) { try await third.create(cloud.scope("public-c")) }
        #expect(error?.what.contains("has 2 available zones, 3 are needed") == true)
    }

    @Test func whatStandsInTheWayOfADeleteIsNamedAndWaitedFor() async throws {
        let cloud = ScriptedCloud([
            "DeleteSubnet": [Self.refusal("DependencyViolation")],
            "DescribeNetworkInterfaces": [
                Self.answer(
                    "DescribeNetworkInterfaces",
                    """
                    <networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>
                    <description>ELB app/ticket-alb/50dc</description><status>in-use</status></item></networkInterfaceSet>
                    """)
            ],
        ])
        let observed = Subnet.Observed(
            id: "subnet-1", vpc: "vpc-1", cidrBlock: "10.11.0.0/20", mapPublicIpOnLaunch: true)
        let error = await #expect(throws: AWSError.self) { try await Self.subnet.delete(observed, cloud.scope("s")) }
        let thrown = try #require(error)
        #expect(thrown.message == "Refused. In use by eni-1 (ELB app/ticket-alb/50dc, in-use).")
        #expect(AWSErrors().disposition(of: thrown) == .busy)
        let asked = try #require(cloud.transport.requests.last).bodyText
        #expect(asked.contains("Filter.1.Name=subnet-id&Filter.1.Value.1=subnet-1"))
    }

    // MARK: NAT

    static let nat = NATGateway(subnet: "subnet-1", allocationID: "eipalloc-1")

    static func gateway(_ id: String, _ state: String, address: String = "eipalloc-1") -> String {
        """
        <item><natGatewayId>\(id)</natGatewayId><subnetId>subnet-1</subnetId><state>\(state)</state>
        <natGatewayAddressSet><item><allocationId>\(address)</allocationId></item></natGatewayAddressSet>
        \(tagSet("nat-a"))</item>
        """
    }

    static func gateways(_ items: String...) -> ScriptedCloud.Answer {
        answer("DescribeNatGateways", "<natGatewaySet>\(items.joined())</natGatewaySet>")
    }

    @Test func aDeletedNATGatewayThatIsStillListedIsNothing() async throws {
        let cloud = ScriptedCloud(["DescribeNatGateways": [Self.gateways(Self.gateway("nat-1", "deleted"))]])
        #expect(try await Self.nat.read(cloud.scope("nat-a")) == nil)
    }

    @Test func theNewNATGatewayIsSeenBesideTheOneOnItsWayOut() async throws {
        let cloud = ScriptedCloud([
            "DescribeNatGateways": [
                Self.gateways(Self.gateway("nat-1", "deleting"), Self.gateway("nat-2", "pending")),
                Self.gateways(Self.gateway("nat-1", "deleting")),
            ]
        ])
        let found = try await Self.nat.read(cloud.scope("nat-a"))
        #expect(found?.identity == "nat-2" && found?.state == .changing("pending"))
        #expect(found.map { Self.nat.changes(from: $0.settings, Values()) } == [])
        #expect(try await Self.nat.read(cloud.scope("nat-a"))?.state == .deleting("deleting"))
    }

    @Test func theClientTokenOfANATGatewayIsStableUntilOneIsGone() async throws {
        func token(_ listed: String...) async throws -> String {
            let cloud = ScriptedCloud([
                "DescribeNatGateways": [
                    Self.answer("DescribeNatGateways", "<natGatewaySet>\(listed.joined())</natGatewaySet>")
                ],
                "CreateNatGateway": [
                    Self.answer(
                        "CreateNatGateway",
                        "<natGateway><natGatewayId>nat-3</natGatewayId><subnetId>subnet-1</subnetId><state>pending</state></natGateway>"
                    )
                ],
            ])
            _ = try await Self.nat.create(cloud.scope("nat-a"))
            let fields = try #require(cloud.transport.requests.last).bodyText.split(separator: "&")
            return try #require(fields.first { $0.hasPrefix("ClientToken=") }.map(String.init))
        }
        let first = try await token()
        #expect(first.count == "ClientToken=".count + 64)
        #expect(try await token() == first)
        #expect(try await token(Self.gateway("nat-1", "deleted")) != first)
    }

    // MARK: Routes

    static let table = RouteTable(
        vpc: "vpc-1", routes: ["0.0.0.0/0": .natGateway("nat-1")], subnets: ["subnet-1", "subnet-2"])

    static func tables(_ target: String, associations: String) -> ScriptedCloud.Answer {
        answer(
            "DescribeRouteTables",
            """
            <routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><routeSet>
            <item><destinationCidrBlock>10.11.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId></item>
            <item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId></item>
            <item><destinationCidrBlock>10.99.0.0/16</destinationCidrBlock>
            <vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId></item>\(target)</routeSet>
            <associationSet>\(associations)</associationSet>\(tagSet("rtb-private-a"))</item>
            <item><routeTableId>rtb-2</routeTableId><vpcId>vpc-1</vpcId><associationSet>
            <item><routeTableAssociationId>rtbassoc-9</routeTableAssociationId><subnetId>subnet-2</subnetId></item>
            </associationSet></item></routeTableSet>
            """)
    }

    static func association(_ number: Int) -> String {
        "<item><routeTableAssociationId>rtbassoc-\(number)</routeTableAssociationId><subnetId>subnet-\(number)</subnetId></item>"
    }

    static func route(_ nat: String) -> String {
        "<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>\(nat)</natGatewayId></item>"
    }

    @Test func routesOfTheVPCOfEndpointsAndOfOthersAreNoDifference() async throws {
        let cloud = ScriptedCloud([
            "DescribeRouteTables": [
                Self.tables(Self.route("nat-1"), associations: Self.association(2) + Self.association(1))
            ]
        ])
        let found = try #require(try await Self.table.read(cloud.scope("rtb-private-a")))
        #expect(Self.table.changes(from: found.settings, Values()) == [])
    }

    @Test func aRouteIsReplacedAndASubnetIsTakenFromAnotherTable() async throws {
        let cloud = ScriptedCloud([
            "DescribeRouteTables": [Self.tables(Self.route("nat-old"), associations: Self.association(1))],
            "ReplaceRoute": [Self.answer("ReplaceRoute", "<return>true</return>")],
            "ReplaceRouteTableAssociation": [
                Self.answer("ReplaceRouteTableAssociation", "<newAssociationId>rtbassoc-10</newAssociationId>")
            ],
        ])
        let scope = cloud.scope("rtb-private-a")
        let found = try #require(try await Self.table.read(scope))
        let changes = Self.table.changes(from: found.settings, Values())
        #expect(
            changes == [
                Change("routes[0.0.0.0/0]", from: "nat-old", to: "nat-1"),
                Change("subnets[subnet-2]", from: nil, to: "associated"),
            ])
        _ = try await Self.table.update(found.settings, changes, scope)
        #expect(cloud.actions.suffix(2) == ["ReplaceRoute", "ReplaceRouteTableAssociation"])
        let bodies = cloud.transport.requests.suffix(2).map(\.bodyText)
        try #require(bodies.count == 2)
        #expect(bodies[0].contains("RouteTableId=rtb-1&DestinationCidrBlock=0.0.0.0%2F0&NatGatewayId=nat-1"))
        #expect(bodies[1].contains("AssociationId=rtbassoc-9&RouteTableId=rtb-1"))
    }

    // MARK: Endpoints

    @Test func anEndpointThatWasNotDeletedIsAnErrorThoughTheCallSucceeds() async throws {
        let cloud = ScriptedCloud([
            "DeleteVpcEndpoints": [
                Self.answer(
                    "DeleteVpcEndpoints",
                    """
                    <unsuccessful><item><error><code>InvalidVpcEndpointId.NotFound</code><message>gone</message></error>
                    <resourceId>vpce-1</resourceId></item></unsuccessful>
                    """)
            ]
        ])
        let endpoint = GatewayEndpoint(service: "s3", vpc: "vpc-1", routeTables: [])
        let error = await #expect(throws: AWSError.self) {
            try await endpoint.delete(.init(id: "vpce-1", routeTables: []), cloud.scope("endpoint-s3"))
        }
        #expect(try AWSErrors().disposition(of: #require(error)) == .absent)
    }

    @Test func anEndpointIsChangedByWhatDiffersOnly() async throws {
        let cloud = ScriptedCloud([
            "DescribeVpcEndpoints": [
                Self.answer(
                    "DescribeVpcEndpoints",
                    """
                    <vpcEndpointSet><item><vpcEndpointId>vpce-1</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType>
                    <serviceName>com.amazonaws.ap-northeast-1.sqs</serviceName><state>Available</state>
                    <subnetIdSet><item>subnet-2</item><item>subnet-1</item></subnetIdSet>
                    <groupSet><item><groupId>sg-other</groupId></item></groupSet>
                    <privateDnsEnabled>true</privateDnsEnabled>\(Self.tagSet("endpoint-sqs"))</item></vpcEndpointSet>
                    """)
            ],
            "ModifyVpcEndpoint": [Self.answer("ModifyVpcEndpoint", "<return>true</return>")],
        ])
        let endpoint = InterfaceEndpoint(
            service: "sqs", vpc: "vpc-1", subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-endpoints"])
        let scope = cloud.scope("endpoint-sqs")
        let found = try #require(try await endpoint.read(scope))
        #expect(found.state == .ready)
        let changes = endpoint.changes(from: found.settings, Values())
        #expect(changes.map(\.setting) == ["securityGroups[sg-endpoints]", "securityGroups[sg-other]"])
        _ = try await endpoint.update(found.settings, changes, scope)
        let body = try #require(cloud.transport.requests.last).bodyText
        #expect(body.contains("AddSecurityGroupId.1=sg-endpoints&RemoveSecurityGroupId.1=sg-other"))
        #expect(!body.contains("SubnetId") && !body.contains("PrivateDns"))
    }

    // MARK: Errors and permissions

    @Test(arguments: [
        ("ReleaseAddress", "AuthFailure", ErrorDisposition.busy), ("DeleteVpc", "InvalidVpcID.NotFound", .absent),
        ("CreateSubnet", "InvalidSubnet.Conflict", .alreadyExists),
        ("CreateSubnet", "InvalidVpcID.NotFound", .propagating), ("CreateVpc", "AuthFailure", .fatal),
        ("RevokeSecurityGroupIngress", "InvalidPermission.NotFound", .alreadyExists),
        ("CreateVpc", "VpcLimitExceeded", .fatal),
    ])
    func errorsOfEC2(action: String, code: String, disposition: ErrorDisposition) {
        let error = AWSError(code: code, message: "", service: "ec2", action: action, region: "ap-northeast-1")
        #expect(AWSErrors().disposition(of: error) == disposition)
    }

    @Test func permissionsAreBoundToTheStacksTag() {
        let place = Place(
            partition: "aws", account: "123456789012", region: "ap-northeast-1", stack: "ticket", id: "public-a")
        let permissions = Self.subnet.permissions(at: place)
        let making = permissions.first { $0.actions == ["ec2:CreateSubnet"] }
        #expect(making?.resources.contains("arn:aws:ec2:ap-northeast-1:123456789012:subnet/*") == true)
        #expect(making?.conditions == ["StringEquals": ["aws:RequestTag/tickctl:stack": ["ticket"]]])
        let writing = permissions.filter { !$0.actions.allSatisfy { $0.hasPrefix("ec2:Describe") } }
        #expect(writing.allSatisfy { !$0.resources.contains("*") && !$0.conditions.isEmpty })
    }
}
