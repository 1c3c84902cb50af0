public import AWSCore

extension SNS {
    public struct Subscription: Decodable, Sendable {
        /// An ARN, or "PendingConfirmation" until its owner confirms.
        public var subscriptionArn: String?
        /// "email", "https", ...
        public var `protocol`: String?
        public var endpoint: String?
    }

    /// Subscribes an endpoint; an equal subscription is returned, a pending one gets its mail again
    /// (https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html).
    public struct Subscribe: AWSOperation {
        public static var service: AWSService { SNS.service }
        public var topicArn: String
        public var `protocol`: String
        public var endpoint: String

        public init(topicArn: String, protocol: String, endpoint: String) {
            self.topicArn = topicArn
            self.protocol = `protocol`
            self.endpoint = endpoint
        }

        public typealias Output = AWSEmpty
    }

    /// Lists a topic's subscriptions (https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html).
    public struct ListSubscriptionsByTopic: AWSPaginated {
        public static var service: AWSService { SNS.service }
        public var topicArn: String
        public var nextToken: String?

        public init(topicArn: String) {
            self.topicArn = topicArn
        }

        public struct Output: Decodable, Sendable {
            public var subscriptions: [Subscription]
            public var nextToken: String?
        }

        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }
    }

    /// Ends a confirmed subscription (https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html).
    public struct Unsubscribe: AWSOperation {
        public static var service: AWSService { SNS.service }
        public var subscriptionArn: String

        public init(subscriptionArn: String) {
            self.subscriptionArn = subscriptionArn
        }

        public typealias Output = AWSEmpty
    }
}
