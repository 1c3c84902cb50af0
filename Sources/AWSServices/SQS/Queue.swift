public import AWSCore

extension SQS {
    /// Answers with the URL of the queue there is when its attributes are the same.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html)
    public struct CreateQueue: AWSOperation {
        public static var service: AWSService { SQS.service }
        /// The one member of this API that is lower case.
        public static var wireNames: [String: String] { ["tags": "tags"] }

        public var queueName: String
        public var attributes: [String: String]
        public var tags: [String: String]

        public init(queueName: String, attributes: [String: String], tags: [String: String]) {
            self.queueName = queueName
            self.attributes = attributes
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var queueUrl: String
        }
    }

    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html)
    public struct GetQueueUrl: AWSOperation {
        public static var service: AWSService { SQS.service }

        public var queueName: String

        public init(queueName: String) { self.queueName = queueName }

        public struct Output: Decodable, Sendable {
            public var queueUrl: String
        }
    }

    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html)
    public struct DeleteQueue: AWSOperation {
        public static var service: AWSService { SQS.service }
        public typealias Output = AWSEmpty

        public var queueUrl: String

        public init(queueUrl: String) { self.queueUrl = queueUrl }
    }
}
