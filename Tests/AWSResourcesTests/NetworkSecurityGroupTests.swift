import AWSServices
import Provisioning
import TestSupport
import Testing

@testable import AWSResources

@Suite struct NetworkSecurityGroupTests {
    static let group = SecurityGroup(
        name: "ticket-alb", description: "Load balancer", vpc: "vpc-1",
        rules: [
            .init(.ingress, tcp: 80, .cidr("0.0.0.0/0"), description: "HTTP"),
            .init(.ingress, tcp: 443, .cidr("0.0.0.0/0"), description: "HTTPS"),
            .init(.ingress, tcp: 3000, .group("sg-1"), description: "tasks"),
        ])

    static func permission(_ port: Int, _ sources: String) -> String {
        "<item><ipProtocol>tcp</ipProtocol><fromPort>\(port)</fromPort><toPort>\(port)</toPort>\(sources)</item>"
    }

    static func ranges(_ blocks: [(String, String)]) -> String {
        let items = blocks.map { "<item><cidrIp>\($0)</cidrIp><description>\($1)</description></item>" }
        return "<ipRanges>\(items.joined())</ipRanges>"
    }

    static func groups(
        name: String = "ticket-alb", ingress: String, egress: String = "", tags: String = NetworkTests.tagSet("sg-alb")
    ) -> ScriptedCloud.Answer {
        NetworkTests.answer(
            "DescribeSecurityGroups",
            """
            <securityGroupInfo><item><groupId>sg-9</groupId><groupName>\(name)</groupName><vpcId>vpc-1</vpcId>
            <ipPermissions>\(ingress)</ipPermissions><ipPermissionsEgress>\(egress)</ipPermissionsEgress>\(tags)</item>
            </securityGroupInfo>
            """)
    }

    static let everythingOut =
        "<item><ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item>"
    static let asWished =
        permission(443, ranges([("0.0.0.0/0", "HTTPS")]))
        + permission(
            3000,
            "<groups><item><groupId>sg-1</groupId><userId>123456789012</userId><description>tasks</description></item></groups>"
        ) + permission(80, ranges([("0.0.0.0/0", "HTTP")]))

    @Test func rulesInAnotherOrderAreNoDifference() async throws {
        let cloud = ScriptedCloud(["DescribeSecurityGroups": [Self.groups(ingress: Self.asWished)]])
        let found = try #require(try await Self.group.read(cloud.scope("sg-alb")))
        #expect(found.owner == .ours)
        #expect(Self.group.changes(from: found.settings, Values()) == [])
    }

    @Test func eachDifferenceIsOneLineAndOnlyWhatDiffersIsSent() async throws {
        let ingress =
            Self.permission(80, Self.ranges([("0.0.0.0/0", "by hand"), ("192.0.2.0/24", "office")]))
            + Self.permission(443, Self.ranges([("0.0.0.0/0", "HTTPS")]))
        let done = NetworkTests.answer("Done", "<return>true</return>")
        let cloud = ScriptedCloud([
            "DescribeSecurityGroups": [Self.groups(ingress: ingress, egress: Self.everythingOut)],
            "AuthorizeSecurityGroupIngress": [done], "RevokeSecurityGroupIngress": [done],
            "RevokeSecurityGroupEgress": [done], "UpdateSecurityGroupRuleDescriptionsIngress": [done],
        ])
        let scope = cloud.scope("sg-alb")
        let found = try #require(try await Self.group.read(scope))
        let changes = Self.group.changes(from: found.settings, Values())
        #expect(
            changes == [
                Change("egress[all to 0.0.0.0/0]", from: "present", to: nil),
                Change("ingress[tcp 3000 from sg-1]", from: nil, to: "present"),
                Change("ingress[tcp 80 from 0.0.0.0/0].description", from: "by hand", to: "HTTP"),
                Change("ingress[tcp 80 from 192.0.2.0/24]", from: "present", to: nil),
            ])
        _ = try await Self.group.update(found.settings, changes, scope)
        #expect(
            cloud.actions.dropFirst() == [
                "AuthorizeSecurityGroupIngress", "UpdateSecurityGroupRuleDescriptionsIngress",
                "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress",
            ])
        let bodies = cloud.transport.requests.dropFirst().map(\.bodyText)
        try #require(bodies.count == 4)
        let one = "GroupId=sg-9&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort="
        #expect(
            bodies[0].hasSuffix(
                one + "3000&IpPermissions.1.ToPort=3000&IpPermissions.1.Groups.1.GroupId=sg-1"
                    + "&IpPermissions.1.Groups.1.Description=tasks"))
        #expect(bodies[1].hasSuffix("IpRanges.1.CidrIp=0.0.0.0%2F0&IpPermissions.1.IpRanges.1.Description=HTTP"))
        #expect(bodies[2].hasSuffix("IpRanges.1.CidrIp=192.0.2.0%2F24&IpPermissions.1.IpRanges.1.Description=office"))
        #expect(bodies[3].hasSuffix("IpPermissions.1.IpProtocol=-1&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0"))
    }

    @Test func aGroupOfOurNameWithoutOurTagsIsForeign() async throws {
        let cloud = ScriptedCloud(["DescribeSecurityGroups": [Self.groups(ingress: Self.asWished, tags: "")]])
        let found = try #require(try await Self.group.read(cloud.scope("sg-alb")))
        #expect(found.owner == .foreign(reason: "it has no tickctl:stack tag"))
    }

    @Test func aNewGroupLosesTheDefaultEgressUnlessItIsWished() async throws {
        func actions(_ group: SecurityGroup) async throws -> [String] {
            let done = NetworkTests.answer("Done", "<return>true</return>")
            let cloud = ScriptedCloud([
                "CreateSecurityGroup": [NetworkTests.answer("CreateSecurityGroup", "<groupId>sg-9</groupId>")],
                "AuthorizeSecurityGroupIngress": [done], "RevokeSecurityGroupEgress": [done],
            ])
            let made = try await group.create(cloud.scope("sg-alb"))
            #expect(made.outputs == ["id": "sg-9"])
            #expect(group.changes(from: made.settings, Values()) == [])
            return cloud.actions
        }
        #expect(
            try await actions(Self.group) == [
                "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupEgress",
            ])
        var open = Self.group
        open.rules.append(.everythingOut)
        #expect(try await actions(open) == ["CreateSecurityGroup", "AuthorizeSecurityGroupIngress"])
    }

    @Test func aPrefixListIsNamedInTheStackAndSentByItsId() async throws {
        var group = Self.group
        group.rules = [
            .init(
                .ingress, tcp: 443, .managedPrefixList("com.amazonaws.global.cloudfront.origin-facing"),
                description: "d")
        ]
        let lists = NetworkTests.answer(
            "DescribeManagedPrefixLists",
            """
            <prefixListSet><item><prefixListId>pl-58a04531</prefixListId>
            <prefixListName>com.amazonaws.global.cloudfront.origin-facing</prefixListName></item></prefixListSet>
            """)
        let ingress = Self.permission(
            443,
            "<prefixListIds><item><prefixListId>pl-58a04531</prefixListId><description>d</description></item></prefixListIds>"
        )
        let cloud = ScriptedCloud([
            "DescribeSecurityGroups": [Self.groups(ingress: ingress)], "DescribeManagedPrefixLists": [lists],
        ])
        let found = try #require(try await group.read(cloud.scope("sg-alb")))
        #expect(group.changes(from: found.settings, Values()) == [])

        group.rules = [.init(.ingress, tcp: 443, .managedPrefixList("com.amazonaws.nowhere"), description: "d")]
        let error = await #expect(throws: ProvisioningError.self) { try await group.read(cloud.scope("sg-alb")) }
        #expect(error?.what.contains("has no managed prefix list com.amazonaws.nowhere") == true)
    }

    @Test func theDefaultGroupIsEmptiedAndNeverDeleted() async throws {
        let done = NetworkTests.answer("Done", "<return>true</return>")
        let cloud = ScriptedCloud([
            "DescribeSecurityGroups": [
                Self.groups(name: "default", ingress: "", egress: Self.everythingOut, tags: "")
            ],
            "RevokeSecurityGroupEgress": [done],
        ])
        let group = DefaultSecurityGroup(vpc: "vpc-1")
        let made = try await group.create(cloud.scope("sg-default"))
        #expect(made.owner == .inherited)
        #expect(group.changes(from: made.settings, Values()) == [])
        try await group.delete(made.settings, cloud.scope("sg-default"))
        #expect(cloud.actions == ["DescribeSecurityGroups", "RevokeSecurityGroupEgress"])
    }
}
