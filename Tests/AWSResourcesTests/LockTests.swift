import Foundation
import Provisioning
import Testing

@testable import AWSResources

@Suite struct LockTests {
    static let owner = LockOwner(user: "ops", host: "h", processID: 7, machine: "m", processStart: "1")
    static let now = Date(timeIntervalSince1970: 1_767_225_600)

    static func lease(_ nonce: String) -> Lease {
        Lease(owner: owner, operation: "up", nonce: nonce, since: now, until: now.addingTimeInterval(30))
    }

    static func item(_ nonce: String?, generation: Int = 4, until: Int = 1_767_225_640_000) throws -> String {
        guard let nonce else { return "{\"stack\":{\"S\":\"ticket\"},\"generation\":{\"N\":\"\(generation)\"}}" }
        let json = String(decoding: try JSONEncoder().encode(lease(nonce)), as: UTF8.self)
        let quoted = String(decoding: try JSONEncoder().encode(json), as: UTF8.self)
        return """
            {"stack":{"S":"ticket"},"generation":{"N":"\(generation)"},"nonce":{"S":"\(nonce)"},
             "until":{"N":"\(until)"},"lease":{"S":\(quoted)}}
            """
    }

    static func lock(_ cloud: ScriptedCloud) -> DynamoDBLock {
        DynamoDBLock(client: cloud.cloud.client, region: "ap-northeast-1")
    }

    @Test func aFreeLockIsTakenByOneConditionalCallThatRaisesTheCounter() async throws {
        let cloud = ScriptedCloud(["UpdateItem": [.json("{\"Attributes\":\(try Self.item("mine", generation: 5))}")]])
        let outcome = try await Self.lock(cloud).acquire(
            stack: "ticket", Self.lease("mine"), now: Self.now, taking: nil)
        guard case .acquired(let generation) = outcome else { Issue.record("\(outcome)"); return }
        #expect(generation == 5)
        let body = try #require(cloud.body(of: "UpdateItem"))
        #expect(body["ConditionExpression"] as? String == "attribute_not_exists(#nonce) OR #until < :now")
        #expect((body["UpdateExpression"] as? String)?.hasSuffix("ADD #generation :one") == true)
        let values = try #require(body["ExpressionAttributeValues"] as? [String: [String: String]])
        #expect(values[":now"] == ["N": "1767225600000"] && values[":until"] == ["N": "1767225630000"])
    }

    @Test func aHeldLockIsToldWithItsHolderAndItsRenewedEnd() async throws {
        let cloud = ScriptedCloud([
            "UpdateItem": [.refusal("ConditionalCheckFailedException")],
            "GetItem": [.json("{\"Item\":\(try Self.item("theirs"))}")],
        ])
        let outcome = try await Self.lock(cloud).acquire(
            stack: "ticket", Self.lease("mine"), now: Self.now, taking: nil)
        guard case .held(let lease) = outcome else { Issue.record("\(outcome)"); return }
        #expect(lease.nonce == "theirs" && lease.owner == Self.owner)
        #expect(lease.until == Self.now.addingTimeInterval(40))
    }

    @Test func ownLeaseMetAfterALostAnswerIsAcquired() async throws {
        let cloud = ScriptedCloud([
            "UpdateItem": [.refusal("ConditionalCheckFailedException")],
            "GetItem": [.json("{\"Item\":\(try Self.item("mine", generation: 9))}")],
        ])
        let outcome = try await Self.lock(cloud).acquire(
            stack: "ticket", Self.lease("mine"), now: Self.now, taking: nil)
        guard case .acquired(let generation) = outcome else { Issue.record("\(outcome)"); return }
        #expect(generation == 9)
    }

    @Test func aDeadHoldersNonceIsPartOfTheCondition() async throws {
        let cloud = ScriptedCloud(["UpdateItem": [.json("{\"Attributes\":\(try Self.item("mine"))}")]])
        _ = try await Self.lock(cloud).acquire(stack: "ticket", Self.lease("mine"), now: Self.now, taking: "dead")
        let body = try #require(cloud.body(of: "UpdateItem"))
        #expect((body["ConditionExpression"] as? String)?.hasSuffix(" OR #nonce = :taking") == true)
    }

    @Test func theTableIsMadeWhenTheAccountHasNone() async throws {
        let table =
            "{\"TableName\":\"tickctl-lock\",\"TableStatus\":\"CREATING\",\"AttributeDefinitions\":[],\"KeySchema\":[]}"
        let cloud = ScriptedCloud([
            "UpdateItem": [
                .refusal("ResourceNotFoundException"),
                .json("{\"Attributes\":\(try Self.item("mine", generation: 1))}"),
            ], "CreateTable": [.json("{\"TableDescription\":\(table)}")],
            "DescribeTable": [
                .json("{\"Table\":\(table)}"),
                .json("{\"Table\":\(table.replacingOccurrences(of: "CREATING", with: "ACTIVE"))}"),
            ],
        ])
        _ = try await Self.lock(cloud).acquire(stack: "ticket", Self.lease("mine"), now: Self.now, taking: nil)
        #expect(cloud.actions == ["UpdateItem", "CreateTable", "DescribeTable", "DescribeTable", "UpdateItem"])
        let tags = try #require(cloud.body(of: "CreateTable")?["Tags"] as? [[String: String]])
        #expect(tags.contains(["Key": "tickctl:stack", "Value": "ticket"]))
    }

    @Test func aTableWhoseCreationWasLostIsMadeAgain() async throws {
        let table =
            "{\"TableName\":\"tickctl-lock\",\"TableStatus\":\"ACTIVE\",\"AttributeDefinitions\":[],\"KeySchema\":[]}"
        let cloud = ScriptedCloud([
            "UpdateItem": [
                .refusal("ResourceNotFoundException"),
                .json("{\"Attributes\":\(try Self.item("mine", generation: 1))}"),
            ],
            "CreateTable": [.init(status: 500, body: "{}"), .json("{\"TableDescription\":\(table)}")],
            "DescribeTable": [.refusal("ResourceNotFoundException"), .json("{\"Table\":\(table)}")],
        ])
        _ = try await Self.lock(cloud).acquire(stack: "ticket", Self.lease("mine"), now: Self.now, taking: nil)
        #expect(
            cloud.actions == [
                "UpdateItem", "CreateTable", "DescribeTable", "CreateTable", "DescribeTable", "UpdateItem",
            ])
    }

    @Test func readingAnAccountWithoutTheTableIsAFreeLock() async throws {
        let cloud = ScriptedCloud(["GetItem": [.refusal("ResourceNotFoundException")]])
        let state = try await Self.lock(cloud).read(stack: "ticket")
        #expect(state.generation == 0 && state.lease == nil)
        #expect(cloud.actions == ["GetItem"])
    }

    @Test func aReleasedLockKeepsItsCounter() async throws {
        let cloud = ScriptedCloud(["GetItem": [.json("{\"Item\":\(try Self.item(nil))}")]])
        let state = try await Self.lock(cloud).read(stack: "ticket")
        #expect(state.generation == 4 && state.lease == nil)
    }

    @Test func aLostLockIsNotRenewedAndReleasingItIsHarmless() async throws {
        let cloud = ScriptedCloud(["UpdateItem": [.refusal("ConditionalCheckFailedException")]])
        #expect(try await Self.lock(cloud).renew(stack: "ticket", nonce: "mine", until: Self.now) == false)
        try await Self.lock(cloud).release(stack: "ticket", nonce: "mine")
        #expect(cloud.body(of: "UpdateItem")?["ConditionExpression"] as? String == "#nonce = :mine")
    }
}
