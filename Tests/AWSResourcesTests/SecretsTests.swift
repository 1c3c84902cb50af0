import Foundation
import Provisioning
import Testing

@testable import AWSResources

@Suite struct SecretsTests {
    static let secret = Secret(name: "ticket/redis-auth", purpose: "AUTH token of Redis")

    static func entry(_ name: String = "ticket/redis-auth", tags: String? = nil, deleted: Bool = false) -> String {
        """
        {"ARN":"arn:\(name)","Name":"\(name)","Description":"AUTH token of Redis"\(deleted ? ",\"DeletedDate\":1767225600" : ""),
         "Tags":\(tags ?? ScriptedCloud.tagList("secret-redis-auth", key: "Key", value: "Value"))}
        """
    }

    static let strangers = "[{\"Key\":\"tickctl:stack\",\"Value\":\"other\"}]"

    @Test func theValueIsRandomAndNowhereButInTheCall() async throws {
        let cloud = ScriptedCloud(["CreateSecret": [.json("{\"ARN\":\"arn:s\"}")]])
        var values: Set<String> = []
        for _ in 0..<2 {
            let made = try await Self.secret.create(cloud.scope("secret-redis-auth"))
            let value = try #require(cloud.body(of: "CreateSecret")?["SecretString"] as? String)
            values.insert(value)
            // ElastiCache takes 16 to 128 characters of a limited alphabet.
            #expect(value.count == 64 && value.allSatisfy { $0.isHexDigit })
            #expect(!"\(made)".contains(value))
        }
        #expect(values.count == 2)
        #expect(
            !String(decoding: try JSONEncoder().encode(Self.secret), as: UTF8.self).contains(try #require(values.first))
        )
    }

    @Test func oneListServesAllSecretsAndMatchesNamesExactly() async throws {
        let list = "{\"SecretList\":[\(Self.entry("ticket/redis-auth-old")),\(Self.entry())]}"
        let cloud = ScriptedCloud(["ListSecrets": [.json(list)]])
        let scope = cloud.scope("secret-redis-auth")
        let found = try #require(try await Self.secret.read(scope))
        #expect(found.identity == "arn:ticket/redis-auth" && found.owner == .ours)
        #expect(Self.secret.changes(from: found.settings, Values()) == [])
        #expect(try await Secret(name: "ticket/webhook-secret", purpose: "").read(scope) == nil)
        #expect(cloud.actions == ["ListSecrets"])
    }

    @Test func ownSecretWithinItsRecoveryWindowCountsAsGoneAndIsRestored() async throws {
        let deleted = Self.entry(deleted: true)
        let cloud = ScriptedCloud([
            "ListSecrets": [.json("{\"SecretList\":[\(deleted)]}")],
            "CreateSecret": [
                .refusal("InvalidRequestException", "a secret with this name is already scheduled for deletion")
            ], "DescribeSecret": [.json(deleted)], "RestoreSecret": [.json("{}")],
        ])
        let scope = cloud.scope("secret-redis-auth")
        #expect(try await Self.secret.read(scope) == nil)
        let restored = try await Self.secret.create(scope)
        #expect(restored.identity == "arn:ticket/redis-auth" && restored.owner == .ours)
        #expect(cloud.actions == ["ListSecrets", "CreateSecret", "DescribeSecret", "RestoreSecret"])
    }

    @Test func aStrangersSecretWithinItsRecoveryWindowIsRefused() async throws {
        let deleted = Self.entry(tags: Self.strangers, deleted: true)
        let cloud = ScriptedCloud([
            "ListSecrets": [.json("{\"SecretList\":[\(deleted)]}")],
            "CreateSecret": [.refusal("ResourceExistsException", "exists")], "DescribeSecret": [.json(deleted)],
        ])
        let scope = cloud.scope("secret-redis-auth")
        let found = try #require(try await Self.secret.read(scope))
        #expect(found.owner == .foreign(reason: "its tag tickctl:stack is \"other\""))
        let error = await #expect(throws: ProvisioningError.self) { try await Self.secret.create(scope) }
        #expect(error?.code == .foreign)
        #expect(!cloud.actions.contains("RestoreSecret"))
    }
}
