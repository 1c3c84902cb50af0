public import AWSCore

extension SNS {
    /// Makes a topic; one of the same name with equal attributes and tags is returned
    /// (https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html).
    public struct CreateTopic: AWSOperation {
        public static var service: AWSService { SNS.service }
        public var name: String
        /// "Policy" is JSON.
        public var attributes: [String: String]
        public var tags: [Tag]

        public init(name: String, attributes: [String: String], tags: [Tag]) {
            self.name = name
            self.attributes = attributes
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var topicArn: String
        }
    }

    /// Reads a topic's attributes, with the counts of its subscriptions
    /// (https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html).
    public struct GetTopicAttributes: AWSOperation {
        public static var service: AWSService { SNS.service }
        public var topicArn: String

        public init(topicArn: String) {
            self.topicArn = topicArn
        }

        public struct Output: Decodable, Sendable {
            public var attributes: [String: String]
        }
    }

    /// Sets one attribute of a topic
    /// (https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html).
    public struct SetTopicAttributes: AWSOperation {
        public static var service: AWSService { SNS.service }
        public var topicArn: String
        public var attributeName: String
        public var attributeValue: String

        public init(topicArn: String, attributeName: String, attributeValue: String) {
            self.topicArn = topicArn
            self.attributeName = attributeName
            self.attributeValue = attributeValue
        }

        public typealias Output = AWSEmpty
    }

    /// Deletes a topic with its subscriptions; one that is gone is success
    /// (https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html).
    public struct DeleteTopic: AWSOperation {
        public static var service: AWSService { SNS.service }
        public var topicArn: String

        public init(topicArn: String) {
            self.topicArn = topicArn
        }

        public typealias Output = AWSEmpty
    }

    /// Reads a topic's tags (https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html).
    public struct ListTagsForResource: AWSOperation {
        public static var service: AWSService { SNS.service }
        public var resourceArn: String

        public init(resourceArn: String) {
            self.resourceArn = resourceArn
        }

        public struct Output: Decodable, Sendable {
            public var tags: [Tag]
        }
    }
}
