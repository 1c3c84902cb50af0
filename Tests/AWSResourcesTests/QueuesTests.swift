import Foundation
import Provisioning
import Testing

@testable import AWSResources

@Suite struct QueuesTests {
    static let deadLetterARN = "arn:aws:sqs:ap-northeast-1:123456789012:ticket-deadletter.fifo"
    static let arn = "arn:aws:sqs:ap-northeast-1:123456789012:ticket-confirm.fifo"
    static let queue = SQSQueue(
        name: "ticket-confirm.fifo", visibilityTimeoutSeconds: 60, retentionSeconds: 345_600,
        redrive: .init(deadLetterQueueARN: .value(deadLetterARN), maxReceiveCount: 5))

    static func attributes(_ changed: [String: String] = [:]) throws -> String {
        // A count as a text and another order of members, as SQS and its emulators answer them.
        var attributes = [
            "QueueArn": arn, "FifoQueue": "true", "ContentBasedDeduplication": "false",
            "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId",
            "SqsManagedSseEnabled": "true", "VisibilityTimeout": "60", "MessageRetentionPeriod": "345600",
            "ReceiveMessageWaitTimeSeconds": "20", "DelaySeconds": "0", "ApproximateNumberOfMessages": "7",
            "RedrivePolicy": "{\"maxReceiveCount\": \"5\", \"deadLetterTargetArn\": \"\(deadLetterARN)\"}",
            "Policy": """
            {"Version": "2012-10-17", "Statement": [{"Sid": "TLSOnly", "Effect": "Deny", "Principal": "*",
             "Action": "sqs:*", "Resource": "\(arn)", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
            """,
        ]
        attributes.merge(changed) { $1 }
        return String(decoding: try JSONEncoder().encode(["Attributes": attributes]), as: UTF8.self)
    }

    static func cloud(_ changed: [String: String] = [:]) throws -> ScriptedCloud {
        let tags = String(
            decoding: try JSONEncoder().encode(["Tags": ScriptedCloud.tags("queue-confirm").all]), as: UTF8.self)
        return ScriptedCloud([
            "GetQueueUrl": [.json("{\"QueueUrl\":\"http://q/ticket-confirm.fifo\"}")],
            "GetQueueAttributes": [.json(try attributes(changed))], "ListQueueTags": [.json(tags)],
            "SetQueueAttributes": [.json("{}")],
        ])
    }

    @Test func aQueueAsAskedForIsNoChangeInWhateverSpelling() async throws {
        let found = try #require(try await Self.queue.read(try Self.cloud().scope("queue-confirm")))
        #expect(found.owner == .ours)
        #expect(Self.queue.changes(from: found.settings, Values()) == [])
        #expect(
            found.outputs == ["arn": Self.arn, "url": "http://q/ticket-confirm.fifo", "name": "ticket-confirm.fifo"])
    }

    @Test func aSettingChangedByHandIsOneLineAndOneCallWithThatAttribute() async throws {
        let cloud = try Self.cloud(["VisibilityTimeout": "30"])
        let scope = cloud.scope("queue-confirm")
        let found = try #require(try await Self.queue.read(scope))
        let changes = Self.queue.changes(from: found.settings, Values())
        #expect(changes == [Change("visibilityTimeout", from: "30", to: "60")])
        _ = try await Self.queue.update(found.settings, changes, scope)
        let body = try #require(cloud.body(of: "SetQueueAttributes"))
        #expect(body["Attributes"] as? [String: String] == ["VisibilityTimeout": "60"])
    }

    @Test func aPolicyThatAllowsPlainHTTPIsReplaced() async throws {
        let found = try #require(
            try await Self.queue.read(try Self.cloud(["Policy": "{\"Statement\":[]}"]).scope("queue-confirm")))
        #expect(Self.queue.changes(from: found.settings, Values()).map(\.setting) == ["policy"])
    }

    @Test func aRedriveThatIsNoLongerWantedIsTakenAwayByAnEmptyDocument() async throws {
        let cloud = try Self.cloud()
        let scope = cloud.scope("queue-confirm")
        let found = try #require(try await Self.queue.read(scope))
        var queue = Self.queue
        queue.redrive = nil
        let changes = queue.changes(from: found.settings, Values())
        #expect(changes.map(\.setting) == ["redrivePolicy"])
        _ = try await queue.update(found.settings, changes, scope)
        let body = try #require(cloud.body(of: "SetQueueAttributes"))
        #expect(body["Attributes"] as? [String: String] == ["RedrivePolicy": ""])
    }

    @Test func aQueueIsMadeWithItsTagsAndSettingsInOneCall() async throws {
        let cloud = ScriptedCloud(["CreateQueue": [.json("{\"QueueUrl\":\"http://q/x\"}")]])
        let queue = SQSQueue(
            name: "ticket-deadletter.fifo", visibilityTimeoutSeconds: 60, retentionSeconds: 345_600,
            redriveSources: ["ticket-confirm.fifo"])
        let made = try await queue.create(cloud.scope("queue-deadletter"))
        #expect(queue.changes(from: made.settings, Values()) == [])
        #expect(cloud.actions == ["CreateQueue"])
        let body = try #require(cloud.body(of: "CreateQueue"))
        #expect(body["tags"] as? [String: String] == ScriptedCloud.tags("queue-deadletter").all)
        let attributes = try #require(body["Attributes"] as? [String: String])
        #expect(attributes["DeduplicationScope"] == "messageGroup")
        #expect(attributes["FifoThroughputLimit"] == "perMessageGroupId")
        #expect(
            attributes["RedriveAllowPolicy"]
                == "{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"\(Self.arn)\"]}")
        #expect(attributes["RedrivePolicy"] == nil)
    }

    @Test func aNameThatIsBlockedAfterADeleteIsWaitedFor() {
        let errors = AWSErrors()
        for code in ["QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"] {
            #expect(errors.disposition(of: ScriptedCloud.error("sqs", "CreateQueue", code)) == .busy)
        }
        #expect(errors.disposition(of: ScriptedCloud.error("sqs", "GetQueueUrl", "QueueDoesNotExist")) == .absent)
    }
}
