import AWSCore
import AWSServices
import Foundation
public import Provisioning

/// Where alarms go, and from there by mail to people.
public struct SNSTopic: AWSResource {
    public var name: String
    /// Addresses to subscribe; each confirms once by a link.
    public var emails: [String]

    public init(name: String, emails: [String]) {
        self.name = name
        self.emails = emails
    }

    /// What `GetTopicAttributes` and `ListSubscriptionsByTopic` say of it.
    public struct Observed: Sendable, Equatable {
        public var arn: String
        /// Canonical JSON of each statement, by its Sid.
        public var policy: [String: String]
        /// Confirmed addresses and their subscriptions' ARNs.
        public var confirmed: [String: String]
        /// Addresses that have not confirmed yet.
        public var pending: Set<String>
    }

    public static let type = "sns:topic"
    public static let explanation = """
        Takes every alarm and mails it. Costs next to nothing. A subscriber must confirm by the link in a mail; it stays \
        unencrypted because alarms cannot publish to a topic under AWS's own SNS key.
        """
    public static let waiting = Waiting(deadline: .seconds(120))

    private static let protocolName = "email"
    private static let pendingARN = "PendingConfirmation"

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let arn = scope.arn("sns", name)
        let attributes = try await scope.send(SNS.GetTopicAttributes(topicArn: arn)).attributes
        async let tags = scope.send(SNS.ListTagsForResource(resourceArn: arn)).tags
        var observed = Observed(
            arn: arn, policy: PolicyMeaning(attributes["Policy"] ?? "").statements, confirmed: [:], pending: [])
        let counts = ["SubscriptionsConfirmed", "SubscriptionsPending"].map { attributes[$0] ?? "0" }
        if !emails.isEmpty || counts != ["0", "0"] {
            let subscriptions = try await scope.cloud.client.all(
                SNS.ListSubscriptionsByTopic(topicArn: arn), region: scope.region, \.subscriptions)
            for subscription in subscriptions where subscription.protocol == Self.protocolName {
                guard let address = subscription.endpoint, let identity = subscription.subscriptionArn else { continue }
                if identity.hasPrefix("arn:") {
                    observed.confirmed[address] = identity
                } else if identity == Self.pendingARN {
                    observed.pending.insert(address)
                }
            }
        }
        let owner = scope.tags.owner(of: try await tags.byKey)
        return observation(observed, owner: owner)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let arn = scope.arn("sns", name)
        let policy = try Self.policy(of: arn).json
        _ = try await scope.send(
            SNS.CreateTopic(name: name, attributes: ["Policy": policy], tags: .init(scope.tags.all)))
        for address in emails { try await subscribe(address, to: arn, scope) }
        return observation(
            Observed(arn: arn, policy: PolicyMeaning(policy).statements, confirmed: [:], pending: Set(emails)),
            owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        if let policy = try? Self.policy(of: observed.arn).json {
            list.compare("policy", observed: observed.policy, desired: PolicyMeaning(policy).statements)
        }
        // A pending subscription that is not wanted cannot be ended; it runs out by itself.
        let pending = observed.pending.intersection(emails)
        list.compare("emails", observed: pending.union(observed.confirmed.keys), desired: Set(emails))
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        if changes.contains(where: { $0.setting.hasPrefix("policy[") }) {
            _ = try await scope.send(
                SNS.SetTopicAttributes(
                    topicArn: observed.arn, attributeName: "Policy",
                    attributeValue: try Self.policy(of: observed.arn).json))
        }
        for address in emails where observed.confirmed[address] == nil && !observed.pending.contains(address) {
            try await subscribe(address, to: observed.arn, scope)
        }
        for (address, subscription) in observed.confirmed.sorted(by: { $0.key < $1.key })
        where !emails.contains(address) {
            _ = try await scope.send(SNS.Unsubscribe(subscriptionArn: subscription))
        }
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(SNS.DeleteTopic(topicArn: observed.arn))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "sns:GetTopicAttributes", "sns:ListTagsForResource", "sns:ListSubscriptionsByTopic",
                    "sns:CreateTopic", "sns:TagResource", "sns:SetTopicAttributes", "sns:Subscribe", "sns:DeleteTopic",
                ], on: [place.arn("sns", "\(place.stack)-*")]),
            // A subscription cannot be named in a policy.
            Permission(["sns:Unsubscribe"], on: ["*"]),
        ]
    }

    private func subscribe(_ address: String, to arn: String, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(SNS.Subscribe(topicArn: arn, protocol: Self.protocolName, endpoint: address))
    }

    private func observation(_ observed: Observed, owner: Owner) -> Observation<Observed> {
        Observation(observed, identity: observed.arn, outputs: ["arn": observed.arn], owner: owner)
    }

    /// Lets the alarms of the topic's own account publish, and nobody else
    /// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html).
    private static func policy(of arn: String) -> PolicyDocument {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return PolicyDocument([
            .init(
                "Alarms", principal: ["Service": ["cloudwatch.amazonaws.com"]], actions: ["sns:Publish"],
                resources: [arn],
                conditions: ["StringEquals": ["aws:SourceAccount": [parts.count > 4 ? String(parts[4]) : ""]]])
        ])
    }
}

extension SNS.Tag: TagPair {}

extension Placed<SNSTopic> {
    public var arn: Input { output("arn") }
}
