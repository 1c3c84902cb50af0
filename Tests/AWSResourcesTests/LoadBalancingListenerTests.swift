import AWSServices
import Provisioning
import TestSupport
import Testing

@testable import AWSResources

@Suite struct ListenerTests {
    static let listener = Listener(
        loadBalancer: .value(LoadBalancingTests.balancerARN), port: 80, certificate: nil,
        defaultAction: .redirectToHTTPS)
    static let secure = Listener(
        loadBalancer: .value(LoadBalancingTests.balancerARN), port: 443, certificate: "arn:aws:acm:r:1:certificate/c",
        defaultAction: .notFound)
    static let rule = ListenerRule(
        listener: "arn:listener", priority: 10, pathPatterns: ["/public/*"], targetGroup: "arn:group")

    /// Two listeners with what ELB fills in.
    static func listeners() -> ScriptedCloud {
        ScriptedCloud([
            "DescribeListeners": [
                LoadBalancingTests.result(
                    "DescribeListeners",
                    """
                    <Listeners><member><ListenerArn>arn:http</ListenerArn><Port>80</Port><Protocol>HTTP</Protocol>
                    <DefaultActions><member><Type>redirect</Type><Order>1</Order><RedirectConfig><Protocol>HTTPS</Protocol>
                    <Port>443</Port><Host>#{host}</Host><Path>/#{path}</Path><Query>#{query}</Query>
                    <StatusCode>HTTP_301</StatusCode></RedirectConfig></member></DefaultActions></member>
                    <member><ListenerArn>arn:https</ListenerArn><Port>443</Port><Protocol>HTTPS</Protocol>
                    <Certificates><member><CertificateArn>arn:aws:acm:r:1:certificate/c</CertificateArn></member>
                    </Certificates><SslPolicy>ELBSecurityPolicy-2016-08</SslPolicy>
                    <DefaultActions><member><Type>fixed-response</Type><FixedResponseConfig><StatusCode>503</StatusCode>
                    <ContentType>text/plain</ContentType></FixedResponseConfig></member></DefaultActions></member></Listeners>
                    """)
            ],
            "DescribeTags": [LoadBalancingTests.tags([("arn:http", "listener-http")])],
            "ModifyListener": [LoadBalancingTests.result("ModifyListener", "")],
        ])
    }

    @Test func whatELBFillsIntoARedirectIsNoChange() async throws {
        let found = try #require(try await Self.listener.read(Self.listeners().scope("listener-http")))
        #expect(found.owner == .ours && found.identity == "arn:http")
        #expect(Self.listener.changes(from: found.settings, Values()) == [])
    }

    @Test func aListenerMadeByHandIsForeign() async throws {
        let found = try #require(try await Self.secure.read(Self.listeners().scope("listener-https")))
        #expect(found.owner != .ours && found.owner != .inherited)
    }

    @Test func eachSettingOfAListenerIsALineAndAllAreOneCall() async throws {
        let cloud = Self.listeners()
        let scope = cloud.scope("listener-https")
        let observed = try #require(try await Self.secure.read(scope)).settings
        let changes = Self.secure.changes(from: observed, Values())
        #expect(changes.map(\.setting) == ["sslPolicy", "defaultAction"])
        #expect(changes.first?.to == "ELBSecurityPolicy-TLS13-1-2-2021-06")
        _ = try await Self.secure.update(observed, changes, scope)
        #expect(cloud.actions.filter { $0 == "ModifyListener" }.count == 1)
        let body = try #require(cloud.transport.requests.last).bodyText
        #expect(body.contains("Certificates.member.1.CertificateArn=arn"))
        #expect(body.contains("DefaultActions.member.1.FixedResponseConfig.StatusCode=404"))
    }

    @Test func withoutALoadBalancerNothingIsAsked() async throws {
        let cloud = ScriptedCloud([:])
        let unknown = Input.output(
            OutputReference(node: NodeID(region: "ap-northeast-1", name: "alb"), output: "arn"))
        let listener = Listener(loadBalancer: unknown, port: 80, certificate: nil, defaultAction: .notFound)
        let rule = ListenerRule(listener: unknown, priority: 1, pathPatterns: ["/*"], targetGroup: unknown)
        #expect(try await listener.read(cloud.scope("listener-http")) == nil)
        #expect(try await rule.read(cloud.scope("rule")) == nil)
        #expect(cloud.actions.isEmpty)
    }

    static func rules(_ rules: [(arn: String, priority: String, path: String)]) -> ScriptedCloud {
        let members = rules.map { arn, priority, path in
            """
            <member><RuleArn>\(arn)</RuleArn><Priority>\(priority)</Priority><Conditions><member><Field>path-pattern</Field>
            <Values><member>\(path)</member></Values><PathPatternConfig><Values><member>\(path)</member></Values>
            </PathPatternConfig></member></Conditions><Actions><member><Type>forward</Type><Order>1</Order>
            <TargetGroupArn>arn:group</TargetGroupArn><ForwardConfig><TargetGroups><member>
            <TargetGroupArn>arn:group</TargetGroupArn><Weight>1</Weight></member></TargetGroups></ForwardConfig></member>
            </Actions></member>
            """
        }
        return ScriptedCloud([
            "DescribeRules": [
                LoadBalancingTests.result(
                    "DescribeRules",
                    """
                    <Rules>\(members.joined())<member><RuleArn>arn:default</RuleArn><Priority>default</Priority>
                    <Conditions/><Actions/></member></Rules>
                    """)
            ],
            "ModifyRule": [LoadBalancingTests.result("ModifyRule", "")],
            "SetRulePriorities": [LoadBalancingTests.result("SetRulePriorities", "")],
        ])
    }

    /// What is found among a listener's rules, what differs, and by which call it is put right.
    @Test(
        arguments: [
            ([("arn:1", "10", "/public/*")], "arn:1", [], []),
            ([("arn:2", "10", "/x"), ("arn:1", "30", "/public/*")], "arn:1", ["priority"], ["SetRulePriorities"]),
            (
                [("arn:1", "10", "/old/*")], "arn:1", ["pathPatterns[/old/*]", "pathPatterns[/public/*]"],
                ["ModifyRule"]
            ),
            ([("arn:2", "20", "/confirm/*")], nil, [], []),
        ] as [([(String, String, String)], String?, [String], [String])])
    func aRuleIsKnownByItsPathsOrItsPriority(
        rules: [(String, String, String)], arn: String?, settings: [String], calls: [String]
    ) async throws {
        let cloud = Self.rules(rules.map { (arn: $0.0, priority: $0.1, path: $0.2) })
        let scope = cloud.scope("rule-http-public")
        let found = try await Self.rule.read(scope)
        #expect(found?.identity == arn)
        guard let found else { return }
        let changes = Self.rule.changes(from: found.settings, Values())
        #expect(changes.map(\.setting) == settings)
        if !changes.isEmpty { _ = try await Self.rule.update(found.settings, changes, scope) }
        #expect(Array(cloud.actions.dropFirst()) == calls)
    }
}
