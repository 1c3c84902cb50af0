import AWSServices
import Foundation
public import Provisioning

/// A FIFO queue for high throughput, encrypted by SQS, that refuses calls without TLS.
public struct SQSQueue: AWSResource {
    public static let type = "sqs:queue"
    public static let explanation = """
        Delivers committed orders to the workers, at least once, in order within a message group. Costs by the request; \
        its name stays blocked for 60 s after a delete.
        """

    /// Ends in ".fifo".
    public var name: String
    /// How long a received message stays hidden from other workers.
    public var visibilityTimeoutSeconds: Int
    public var retentionSeconds: Int
    /// Where messages go that were received too often; nil: nowhere.
    public var redrive: Redrive?
    /// Names of the queues of this region that may use this one as their dead-letter queue; empty: it is none.
    public var redriveSources: [String]

    /// Where a message goes that was received `maxReceiveCount` times and not deleted.
    public struct Redrive: Sendable, Encodable {
        public var deadLetterQueueARN: Input
        public var maxReceiveCount: Int

        public init(deadLetterQueueARN: Input, maxReceiveCount: Int) {
            self.deadLetterQueueARN = deadLetterQueueARN
            self.maxReceiveCount = maxReceiveCount
        }
    }

    public init(
        name: String, visibilityTimeoutSeconds: Int, retentionSeconds: Int, redrive: Redrive? = nil,
        redriveSources: [String] = []
    ) {
        self.name = name
        self.visibilityTimeoutSeconds = visibilityTimeoutSeconds
        self.retentionSeconds = retentionSeconds
        self.redrive = redrive
        self.redriveSources = redriveSources
    }

    /// What `GetQueueAttributes` says of it.
    public struct Observed: Sendable {
        public var url: String
        public var arn: String
        /// As SQS names them; JSON documents in their canonical spelling.
        public var attributes: [String: String]
    }

    /// Its messages are orders that were accepted.
    public var holdsData: Bool { true }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let url = try await scope.send(SQS.GetQueueUrl(queueName: name)).queueUrl
        async let attributes = scope.send(SQS.GetQueueAttributes(queueUrl: url)).attributes
        async let tags = scope.send(SQS.ListQueueTags(queueUrl: url)).tags
        return try await observation(
            url: url, attributes: attributes, owner: scope.tags.owner(of: tags), scope)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let attributes = try attributes(arn: scope.arn("sqs", name)) { try scope.value($0) }
        let answer = try await scope.send(
            SQS.CreateQueue(queueName: name, attributes: attributes, tags: scope.tags.all))
        return observation(url: answer.queueUrl, attributes: attributes, owner: .ours, scope)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        let desired = attributes(arn: observed.arn) { values.known($0) ?? Change.unknown }
        let managed = Set(desired.keys).union(["RedrivePolicy", "RedriveAllowPolicy"])
        for attribute in managed.sorted() {
            list.compare(
                Self.setting(attribute), observed: observed.attributes[attribute], desired: desired[attribute],
                isImmutable: attribute == "FifoQueue")
        }
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let desired = try attributes(arn: observed.arn) { try scope.value($0) }
        let changed = Set(changes.map(\.setting))
        var attributes = desired.filter { changed.contains(Self.setting($0.key)) }
        // An empty document takes a policy away.
        for policy in ["RedrivePolicy", "RedriveAllowPolicy"]
        where changed.contains(Self.setting(policy)) && desired[policy] == nil {
            attributes[policy] = ""
        }
        _ = try await scope.send(SQS.SetQueueAttributes(queueUrl: observed.url, attributes: attributes))
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(SQS.DeleteQueue(queueUrl: observed.url))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "sqs:CreateQueue", "sqs:DeleteQueue", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
                    "sqs:ListQueueTags", "sqs:SetQueueAttributes", "sqs:TagQueue",
                ],
                on: [place.arn("sqs", "\(place.stack)-*")])
        ]
    }

    private func observation(
        url: String, attributes: [String: String], owner: Owner, _ scope: Scope<AWSCloud>
    ) -> Observation<Observed> {
        let arn = attributes["QueueArn"] ?? scope.arn("sqs", name)
        var canonical = attributes
        for document in ["Policy", "RedriveAllowPolicy"] where attributes[document] != nil {
            canonical[document] = attributes[document].map(canonicalJSON)
        }
        canonical["RedrivePolicy"] = attributes["RedrivePolicy"].flatMap(RedrivePolicy.init(json:))?.json
        return Observation(
            Observed(url: url, arn: arn, attributes: canonical), identity: arn,
            outputs: ["arn": arn, "url": url, "name": name], owner: owner)
    }

    /// All that is managed, by SQS's names.
    private func attributes(arn: String, _ resolve: (Input) throws -> String) rethrows -> [String: String] {
        var attributes = [
            "FifoQueue": "true",
            "ContentBasedDeduplication": "false",
            // These two together are high throughput.
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
            "SqsManagedSseEnabled": "true",
            "VisibilityTimeout": String(visibilityTimeoutSeconds),
            "MessageRetentionPeriod": String(retentionSeconds),
            // Workers wait for messages instead of asking again and again.
            "ReceiveMessageWaitTimeSeconds": "20",
            "Policy": Self.tlsOnlyPolicy(arn: arn),
        ]
        if let redrive {
            attributes["RedrivePolicy"] =
                RedrivePolicy(
                    deadLetterTargetArn: try resolve(redrive.deadLetterQueueARN),
                    maxReceiveCount: redrive.maxReceiveCount
                ).json
        }
        if !redriveSources.isEmpty {
            let prefix = arn.split(separator: ":").dropLast().joined(separator: ":")
            let sources = redriveSources.sorted().map { "\"\(prefix):\($0)\"" }.joined(separator: ",")
            attributes["RedriveAllowPolicy"] =
                "{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\(sources)]}"
        }
        return attributes
    }

    /// Refuses every call that does not come by TLS; keys sorted.
    private static func tlsOnlyPolicy(arn: String) -> String {
        """
        {"Statement":[{"Action":"sqs:*","Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny",\
        "Principal":"*","Resource":"\(arn)","Sid":"TLSOnly"}],"Version":"2012-10-17"}
        """
    }

    /// "VisibilityTimeout" -> "visibilityTimeout".
    private static func setting(_ attribute: String) -> String {
        attribute.prefix(1).lowercased() + attribute.dropFirst()
    }
}

/// The attribute RedrivePolicy; its count comes back as a number or as a text, depending on who set it.
private struct RedrivePolicy {
    var deadLetterTargetArn: String
    var maxReceiveCount: Int

    var json: String { "{\"deadLetterTargetArn\":\"\(deadLetterTargetArn)\",\"maxReceiveCount\":\(maxReceiveCount)}" }

    init(deadLetterTargetArn: String, maxReceiveCount: Int) {
        self.deadLetterTargetArn = deadLetterTargetArn
        self.maxReceiveCount = maxReceiveCount
    }

    init?(json: String) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any],
            let target = object["deadLetterTargetArn"] as? String,
            let count = object["maxReceiveCount"].flatMap({ ($0 as? Int) ?? Int($0 as? String ?? "") })
        else { return nil }
        self.init(deadLetterTargetArn: target, maxReceiveCount: count)
    }
}

extension Placed where R == SQSQueue {
    public var arn: Input { output("arn") }
    public var url: Input { output("url") }
    public var name: Input { output("name") }
}
