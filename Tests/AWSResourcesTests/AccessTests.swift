import Foundation
import Provisioning
import Testing

@testable import AWSResources

@Suite struct AccessTests {
    static let role = IAMRole(
        name: "ticket-worker-task",
        trust: PolicyDocument([
            .init("Tasks", principal: ["Service": ["ecs-tasks.amazonaws.com"]], actions: ["sts:AssumeRole"])
        ]),
        policy: PolicyDocument([
            .init("Queue", actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage"], resources: ["arn:a", "arn:b"]),
            .init("Tracing", actions: ["xray:PutTraceSegments"], resources: ["*"]),
        ]))

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    static func roleAnswer(trust: String, tags: [String: String] = ScriptedCloud.tags("role-worker").all) -> String {
        let members = tags.map { "<member><Key>\($0.key)</Key><Value>\($0.value)</Value></member>" }.joined()
        return """
            <GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>ticket-worker-task</RoleName>
            <Arn>arn:aws:iam::123456789012:role/ticket-worker-task</Arn>
            <AssumeRolePolicyDocument>\(encoded(trust))</AssumeRolePolicyDocument><Tags>\(members)</Tags></Role>
            </GetRoleResult></GetRoleResponse>
            """
    }

    static func policyAnswer(_ text: String) -> String {
        "<GetRolePolicyResponse><GetRolePolicyResult><RoleName>r</RoleName><PolicyName>tickctl</PolicyName>"
            + "<PolicyDocument>\(encoded(text))</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>"
    }

    @Test func documentsThatSayTheSameInAnotherSpellingAreNoChange() async throws {
        // IAM keeps what it was sent, but tools and people write lists of one as texts and in any order.
        let trust = """
            {"Version": "2012-10-17", "Statement": {"Sid": "Tasks", "Action": "sts:AssumeRole", "Effect": "Allow",
             "Principal": {"Service": "ecs-tasks.amazonaws.com"}}}
            """
        let policy = """
            {"Statement": [
              {"Sid": "Tracing", "Effect": "Allow", "Resource": "*", "Action": "xray:PutTraceSegments"},
              {"Sid": "Queue", "Effect": "Allow", "Resource": ["arn:b", "arn:a"],
               "Action": ["sqs:DeleteMessage", "sqs:ReceiveMessage"]}], "Version": "2012-10-17"}
            """
        let cloud = ScriptedCloud([
            "GetRole": [.json(Self.roleAnswer(trust: trust))], "GetRolePolicy": [.json(Self.policyAnswer(policy))],
        ])
        let found = try #require(try await Self.role.read(cloud.scope("role-worker", region: NodeID.global)))
        #expect(found.owner == .ours)
        #expect(Self.role.changes(from: found.settings, Values()) == [])
    }

    @Test func aStatementChangedByHandIsOneLineAndOneCall() async throws {
        let made = try #require(
            try? IAMRole.Observed(
                trust: PolicyMeaning(Self.role.trust.json).statements,
                policy: PolicyMeaning(Self.role.policy.json).statements))
        var observed = made
        observed.policy["Queue"] = nil
        #expect(Self.role.changes(from: observed, Values()).map(\.setting) == ["policy[Queue]"])
        observed = made
        observed.trust["Strangers"] = "{}"
        let changes = Self.role.changes(from: observed, Values())
        #expect(changes == [Change("trust[Strangers]", from: "{}", to: nil)])

        let cloud = ScriptedCloud(["UpdateAssumeRolePolicy": [.json("<R><ResponseMetadata/></R>")]])
        _ = try await Self.role.update(observed, changes, cloud.scope("role-worker", region: NodeID.global))
        #expect(cloud.actions == ["UpdateAssumeRolePolicy"])
    }

    @Test func aForeignRoleIsReportedWithoutReadingItsPolicy() async throws {
        let cloud = ScriptedCloud(["GetRole": [.json(Self.roleAnswer(trust: "{}", tags: ["tickctl:stack": "other"]))]])
        let found = try #require(try await Self.role.read(cloud.scope("role-worker", region: NodeID.global)))
        #expect(found.owner == .foreign(reason: "its tag tickctl:stack is \"other\""))
        #expect(cloud.actions == ["GetRole"])
    }

    @Test func aRoleKilledBeforeItsPolicyIsHealedByThePolicyAlone() async throws {
        let trust = try Self.role.trust.json
        let cloud = ScriptedCloud([
            "GetRole": [.json(Self.roleAnswer(trust: trust))], "GetRolePolicy": [.queryRefusal("NoSuchEntity")],
            "PutRolePolicy": [.json("<R/>")],
        ])
        let scope = cloud.scope("role-worker", region: NodeID.global)
        let found = try #require(try await Self.role.read(scope))
        let changes = Self.role.changes(from: found.settings, Values())
        #expect(changes.map(\.setting) == ["policy[Queue]", "policy[Tracing]"])
        _ = try await Self.role.update(found.settings, changes, scope)
        #expect(cloud.actions == ["GetRole", "GetRolePolicy", "PutRolePolicy"])
    }

    @Test func aRoleGoesAfterItsPolicyAndAPolicyAlreadyGoneIsNoError() async throws {
        let cloud = ScriptedCloud([
            "DeleteRolePolicy": [.queryRefusal("NoSuchEntity")], "DeleteRole": [.json("<R/>")],
        ])
        let observed = IAMRole.Observed(trust: [:], policy: ["Queue": "{}"])
        try await Self.role.delete(observed, cloud.scope("role-worker", region: NodeID.global))
        #expect(cloud.actions == ["DeleteRolePolicy", "DeleteRole"])
    }

    @Test func serviceLinkedRolesAreFoundByServiceWhateverTheSpelling() async throws {
        let list = """
            <ListRolesResponse><ListRolesResult><Roles><member><Path>/aws-service-role/ECS.amazonaws.com/</Path>
            <RoleName>AWSServiceRoleForecs</RoleName><Arn>arn:ecs</Arn></member></Roles><IsTruncated>false</IsTruncated>
            </ListRolesResult></ListRolesResponse>
            """
        let cloud = ScriptedCloud(["ListRoles": [.json(list)]])
        let scope = cloud.scope("slr-ecs", region: NodeID.global)
        #expect(try await ServiceLinkedRole(service: "ecs.amazonaws.com").read(scope)?.identity == "arn:ecs")
        #expect(
            try await ServiceLinkedRole(service: "ecs.application-autoscaling.amazonaws.com").read(scope) == nil)
        // One list serves all of them.
        #expect(cloud.actions == ["ListRoles"])
    }

    @Test func othersAudiencesOfTheTokenIssuerAreLeftAlone() {
        let provider = OIDCProvider(issuer: "token.actions.githubusercontent.com", audience: "sts.amazonaws.com")
        #expect(provider.changes(from: .init(audiences: ["sts.amazonaws.com", "other"]), Values()) == [])
        #expect(
            provider.changes(from: .init(audiences: ["other"]), Values()) == [
                Change("audience[sts.amazonaws.com]", from: nil, to: "present")
            ])
    }
}
