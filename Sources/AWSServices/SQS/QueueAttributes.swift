public import AWSCore

extension SQS {
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html)
    public struct GetQueueAttributes: AWSOperation {
        public static var service: AWSService { SQS.service }

        public var queueUrl: String
        /// "All" or names of attributes.
        public var attributeNames: [String]

        public init(queueUrl: String, attributeNames: [String] = ["All"]) {
            self.queueUrl = queueUrl
            self.attributeNames = attributeNames
        }

        public struct Output: Decodable, Sendable {
            public var attributes: [String: String]
        }
    }

    /// Takes up to a minute to hold everywhere, the retention period up to 15 minutes.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html)
    public struct SetQueueAttributes: AWSOperation {
        public static var service: AWSService { SQS.service }
        public typealias Output = AWSEmpty

        public var queueUrl: String
        public var attributes: [String: String]

        public init(queueUrl: String, attributes: [String: String]) {
            self.queueUrl = queueUrl
            self.attributes = attributes
        }
    }

    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html)
    public struct ListQueueTags: AWSOperation {
        public static var service: AWSService { SQS.service }

        public var queueUrl: String

        public init(queueUrl: String) { self.queueUrl = queueUrl }

        public struct Output: Decodable, Sendable {
            public var tags: [String: String]
        }
    }
}
