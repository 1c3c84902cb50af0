public import AWSCore

extension SQS {
    /// Takes up to 10 messages out of sight for the visibility timeout. A message in flight blocks those behind it in its
    /// group.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html)
    public struct ReceiveMessage: AWSOperation {
        public static var service: AWSService { SQS.service }
        public static let maximumMessages = 10

        public var queueUrl: String
        /// 1 to 10.
        public var maxNumberOfMessages: Int
        /// Seconds, 0 to 43,200; `nil`: the queue's.
        public var visibilityTimeout: Int?
        /// Seconds that the call waits for a message, 0 to 20; the attempt's timeout must be longer.
        public var waitTimeSeconds: Int?
        /// "All" or names of a message's own attributes.
        public var messageSystemAttributeNames: [String]
        /// The same id again within five minutes gives the same messages again, though they are in flight, as long as
        /// none of them was deleted or changed its visibility: what a lost answer took away comes back. 1 to 128
        /// characters, a new one a call.
        public var receiveRequestAttemptId: String?

        public init(
            queueUrl: String, maxNumberOfMessages: Int = maximumMessages, visibilityTimeout: Int? = nil,
            waitTimeSeconds: Int? = nil, messageSystemAttributeNames: [String] = ["All"],
            receiveRequestAttemptId: String? = nil
        ) {
            self.queueUrl = queueUrl
            self.maxNumberOfMessages = maxNumberOfMessages
            self.visibilityTimeout = visibilityTimeout
            self.waitTimeSeconds = waitTimeSeconds
            self.messageSystemAttributeNames = messageSystemAttributeNames
            self.receiveRequestAttemptId = receiveRequestAttemptId
        }

        public struct Output: Decodable, Sendable {
            public var messages: [Message]
        }
    }

    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html)
    public struct Message: Decodable, Sendable {
        public var messageId: String
        /// Names this receipt of the message: for deleting it and for its visibility.
        public var receiptHandle: String
        public var body: String
        /// Those that were asked for.
        public var attributes: [String: String]

        /// How often it was received and not deleted, this time included.
        public var approximateReceiveCount: Int? { attributes["ApproximateReceiveCount"].flatMap { Int($0) } }
        /// Milliseconds since 1970.
        public var sentTimestamp: Int64? { attributes["SentTimestamp"].flatMap { Int64($0) } }
        public var messageGroupId: String? { attributes["MessageGroupId"] }
        public var messageDeduplicationId: String? { attributes["MessageDeduplicationId"] }
        /// 128 bits in decimal, growing in the group.
        public var sequenceNumber: String? { attributes["SequenceNumber"] }
        /// The sender's X-Amzn-Trace-Id.
        public var traceHeader: String? { attributes["AWSTraceHeader"] }
    }
}
