import AWSServices
import Provisioning
import TestSupport
import Testing

@testable import AWSResources

@Suite struct LoadBalancingTests {
    static let balancerARN = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/ticket-alb/50dc"
    static let groupARN = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/ticket-public/73e2"
    static let subnetNode = NodeID(region: "ap-northeast-1", name: "public-a")

    static let balancer = LoadBalancer(
        name: "ticket-alb", subnets: ["subnet-a", .output(OutputReference(node: subnetNode, output: "id"))],
        securityGroups: ["sg-alb"],
        attributes: ["idle_timeout.timeout_seconds": "60", "deletion_protection.enabled": "false"])
    static let values = Values([subnetNode: ["id": "subnet-b"]])

    static let group = TargetGroup(
        name: "ticket-public", port: 3000, vpc: "vpc-1",
        healthCheck: .init(
            path: "/public/ready", intervalSeconds: 10, timeoutSeconds: 5, healthyThreshold: 2, unhealthyThreshold: 3,
            statusCodes: "200"),
        attributes: ["deregistration_delay.timeout_seconds": "30"])

    static func result(_ action: String, _ inner: String) -> ScriptedCloud.Answer {
        .json("<\(action)Response><\(action)Result>\(inner)</\(action)Result></\(action)Response>")
    }

    static func balancers(state: String = "active") -> ScriptedCloud.Answer {
        result(
            "DescribeLoadBalancers",
            """
            <LoadBalancers><member><LoadBalancerArn>\(balancerARN)</LoadBalancerArn>
            <LoadBalancerName>ticket-alb</LoadBalancerName><DNSName>ticket-alb-1.elb.amazonaws.com</DNSName>
            <Scheme>internet-facing</Scheme><State><Code>\(state)</Code></State><Type>application</Type>
            <AvailabilityZones><member><SubnetId>subnet-b</SubnetId></member><member><SubnetId>subnet-a</SubnetId></member>
            </AvailabilityZones><SecurityGroups><member>sg-alb</member></SecurityGroups></member>
            <member><LoadBalancerArn>arn:other</LoadBalancerArn><LoadBalancerName>other</LoadBalancerName></member>
            </LoadBalancers>
            """)
    }

    static func groups(port: Int = 3000) -> ScriptedCloud.Answer {
        result(
            "DescribeTargetGroups",
            """
            <TargetGroups><member><TargetGroupArn>\(groupARN)</TargetGroupArn>
            <TargetGroupName>ticket-public</TargetGroupName><Protocol>HTTP</Protocol><Port>\(port)</Port>
            <VpcId>vpc-1</VpcId><TargetType>ip</TargetType><HealthCheckPath>/public/ready</HealthCheckPath>
            <HealthCheckIntervalSeconds>10</HealthCheckIntervalSeconds>
            <HealthCheckTimeoutSeconds>5</HealthCheckTimeoutSeconds><HealthyThresholdCount>2</HealthyThresholdCount>
            <UnhealthyThresholdCount>3</UnhealthyThresholdCount><Matcher><HttpCode>200</HttpCode></Matcher></member>
            </TargetGroups>
            """)
    }

    static func tags(_ tags: [(arn: String, id: String)]) -> ScriptedCloud.Answer {
        let descriptions = tags.map { arn, id in
            let pairs = ScriptedCloud.tags(id).all.map { "<member><Key>\($0)</Key><Value>\($1)</Value></member>" }
            return "<member><ResourceArn>\(arn)</ResourceArn><Tags>\(pairs.joined())</Tags></member>"
        }
        return result("DescribeTags", "<TagDescriptions>\(descriptions.joined())</TagDescriptions>")
    }

    static func attributes(of kind: String, _ attributes: [String: String]) -> ScriptedCloud.Answer {
        let members = attributes.map { "<member><Key>\($0)</Key><Value>\($1)</Value></member>" }
        return result("Describe\(kind)Attributes", "<Attributes>\(members.joined())</Attributes>")
    }

    static func script(
        _ more: [String: [ScriptedCloud.Answer]] = [:], protection: String = "false", state: String = "active",
        port: Int = 3000, tags: [(arn: String, id: String)] = [(balancerARN, "alb"), (groupARN, "tg-public")]
    ) -> ScriptedCloud {
        ScriptedCloud(
            [
                "DescribeLoadBalancers": [balancers(state: state)], "DescribeTargetGroups": [groups(port: port)],
                "DescribeTags": [Self.tags(tags)],
                "DescribeLoadBalancerAttributes": [
                    attributes(
                        of: "LoadBalancer",
                        [
                            "idle_timeout.timeout_seconds": "60", "deletion_protection.enabled": protection,
                            "routing.http2.enabled": "true",
                        ])
                ],
                "DescribeTargetGroupAttributes": [
                    attributes(
                        of: "TargetGroup",
                        ["deregistration_delay.timeout_seconds": "30", "stickiness.enabled": "false"])
                ],
            ].merging(more) { $1 })
    }

    @Test func whatStandsAsWishedHasNoChangeAndIsReadInSharedCalls() async throws {
        let cloud = Self.script()
        let scope = cloud.scope("alb", values: Self.values)
        let balancer = try #require(try await Self.balancer.read(scope))
        #expect(balancer.owner == .ours && balancer.state == .ready)
        #expect(balancer.outputs["arnSuffix"] == "app/ticket-alb/50dc")
        #expect(balancer.outputs["dnsName"] == "ticket-alb-1.elb.amazonaws.com")
        #expect(Self.balancer.changes(from: balancer.settings, Self.values) == [])

        let other = Scope(
            cloud: cloud.cloud, node: scope.node, tags: ScriptedCloud.tags("tg-public"), values: Self.values,
            notBefore: scope.notBefore)
        let group = try #require(try await Self.group.read(other))
        #expect(group.owner == .ours)
        #expect(group.outputs["arnSuffix"] == "targetgroup/ticket-public/73e2")
        #expect(Self.group.changes(from: group.settings, Self.values) == [])
        #expect(
            cloud.actions.sorted() == [
                "DescribeLoadBalancerAttributes", "DescribeLoadBalancers", "DescribeTags",
                "DescribeTargetGroupAttributes",
                "DescribeTargetGroups",
            ])
    }

    @Test func aLoadBalancerOfOurNameWithOthersTagsIsForeign() async throws {
        let cloud = Self.script(tags: [(Self.groupARN, "tg-public")])
        let found = try #require(try await Self.balancer.read(cloud.scope("alb", values: Self.values)))
        #expect(found.owner == .foreign(reason: "it has no tickctl:stack tag"))
    }

    @Test func aLoadBalancerBeingProvisionedIsWaitedFor() async throws {
        let cloud = Self.script(state: "provisioning")
        let found = try #require(try await Self.balancer.read(cloud.scope("alb", values: Self.values)))
        #expect(found.state == .changing("provisioning"))
    }

    @Test func eachChangedSettingIsOneLineAndOneCall() async throws {
        let cloud = Self.script([
            "SetSubnets": [Self.result("SetSubnets", "")],
            "ModifyLoadBalancerAttributes": [Self.result("ModifyLoadBalancerAttributes", "")],
        ])
        let scope = cloud.scope("alb", values: Self.values)
        var observed = try #require(try await Self.balancer.read(scope)).settings
        observed.subnets = ["subnet-a"]
        observed.attributes["idle_timeout.timeout_seconds"] = "4000"
        let changes = Self.balancer.changes(from: observed, Self.values)
        #expect(
            changes == [
                Change("subnets[subnet-b]", from: nil, to: "present"),
                Change("attributes[idle_timeout.timeout_seconds]", from: "4000", to: "60"),
            ])
        _ = try await Self.balancer.update(observed, changes, scope)
        #expect(cloud.actions.suffix(2) == ["SetSubnets", "ModifyLoadBalancerAttributes"])
        let body = try #require(cloud.transport.requests.last).bodyText
        #expect(body.contains("Attributes.member.1.Key=idle_timeout.timeout_seconds&Attributes.member.1.Value=60"))
        #expect(!body.contains("Attributes.member.2"))
    }

    @Test func subnetsNotKnownYetAreOneChange() async throws {
        let found = try #require(try await Self.balancer.read(Self.script().scope("alb")))
        #expect(
            Self.balancer.changes(from: found.settings, Values())
                == [Change("subnets", from: "subnet-a, subnet-b", to: Change.unknown)])
    }

    @Test func theCreatingCallCarriesTheTagsAndAttributesFollow() async throws {
        let cloud = Self.script([
            "CreateLoadBalancer": [
                Self.result(
                    "CreateLoadBalancer",
                    """
                    <LoadBalancers><member><LoadBalancerArn>\(Self.balancerARN)</LoadBalancerArn>
                    <LoadBalancerName>ticket-alb</LoadBalancerName><State><Code>provisioning</Code></State></member>
                    </LoadBalancers>
                    """)
            ],
            "ModifyLoadBalancerAttributes": [Self.result("ModifyLoadBalancerAttributes", "")],
        ])
        let made = try await Self.balancer.create(cloud.scope("alb", values: Self.values))
        #expect(made.state == .changing("provisioning"))
        #expect(cloud.actions == ["CreateLoadBalancer", "ModifyLoadBalancerAttributes"])
        let body = cloud.transport.requests[0].bodyText
        #expect(body.contains("Subnets.member.1=subnet-a&Subnets.member.2=subnet-b"))
        #expect(body.contains("Scheme=internet-facing") && body.contains("Tags.member.2.Key=tickctl%3Aid"))
    }

    @Test func aProtectedLoadBalancerIsUnprotectedBeforeItGoes() async throws {
        let empty = ["ModifyLoadBalancerAttributes", "DeleteLoadBalancer"].map { ($0, [Self.result($0, "")]) }
        for (protection, expected) in [
            ("true", ["ModifyLoadBalancerAttributes", "DeleteLoadBalancer"]), ("false", ["DeleteLoadBalancer"]),
        ] {
            let cloud = Self.script(Dictionary(uniqueKeysWithValues: empty), protection: protection)
            let scope = cloud.scope("alb", values: Self.values)
            let observed = try #require(try await Self.balancer.read(scope)).settings
            let before = cloud.actions.count
            try await Self.balancer.delete(observed, scope)
            #expect(Array(cloud.actions.dropFirst(before)) == expected)
        }
    }

    @Test func aTargetGroupsPortCannotChangeInPlaceAndItsHealthCheckCan() async throws {
        let cloud = Self.script(
            ["ModifyTargetGroup": [Self.result("ModifyTargetGroup", "")]], port: 8080)
        let scope = cloud.scope("tg-public")
        var observed = try #require(try await Self.group.read(scope)).settings
        #expect(
            Self.group.changes(from: observed, Values()) == [
                Change("port", from: "8080", to: "3000", isImmutable: true)
            ])
        observed.port = 3000
        observed.healthCheck.path = "/"
        observed.healthCheck.healthyThreshold = 5
        let changes = Self.group.changes(from: observed, Values())
        #expect(changes.map(\.setting) == ["healthCheck.path", "healthCheck.healthyThreshold"])
        _ = try await Self.group.update(observed, changes, scope)
        #expect(cloud.actions.last == "ModifyTargetGroup")
        #expect(cloud.actions.filter { $0.hasPrefix("Modify") }.count == 1)
    }

    @Test func everyStatementNamesWhatItWritesByTheStack() {
        let place = Place(
            partition: "aws", account: "123456789012", region: "ap-northeast-1", stack: "ticket", id: "alb")
        let all =
            Self.balancer.permissions(at: place) + Self.group.permissions(at: place)
            + ListenerTests.listener.permissions(at: place) + ListenerTests.rule.permissions(at: place)
        #expect(Set(all.map(\.resources)).count == 2)
        for permission in all where permission.resources == ["*"] {
            #expect(permission.actions.allSatisfy { $0.contains(":Describe") })
        }
        for resource in all.flatMap(\.resources) where resource != "*" { #expect(resource.contains("/ticket-")) }
    }
}
