public import AWSCore

extension SQS {
    /// A message's attribute of the service itself; "AWSTraceHeader" is the only one that senders set.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageSystemAttributeValue.html)
    public struct MessageSystemAttributeValue: Encodable, Sendable, Hashable {
        /// "String".
        public var dataType: String
        public var stringValue: String

        public init(_ stringValue: String) {
            dataType = "String"
            self.stringValue = stringValue
        }

        /// The attributes of a message that carries `traceHeader`, the value of an X-Amzn-Trace-Id header.
        static func attributes(traceHeader: String?) -> [String: MessageSystemAttributeValue]? {
            traceHeader.map { ["AWSTraceHeader": MessageSystemAttributeValue($0)] }
        }
    }

    /// Puts a message into a FIFO queue. The deduplication id makes it idempotent for five minutes.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html)
    public struct SendMessage: AWSOperation {
        public static var service: AWSService { SQS.service }

        public var queueUrl: String
        /// 1 byte to 1 MiB of UTF-8 without control characters but tab and line ends.
        public var messageBody: String
        /// 1 to 128 letters, digits and punctuation.
        public var messageGroupId: String
        /// As the group's.
        public var messageDeduplicationId: String
        public var messageSystemAttributes: [String: MessageSystemAttributeValue]?

        public init(
            queueUrl: String, messageBody: String, messageGroupId: String, messageDeduplicationId: String,
            traceHeader: String? = nil
        ) {
            self.queueUrl = queueUrl
            self.messageBody = messageBody
            self.messageGroupId = messageGroupId
            self.messageDeduplicationId = messageDeduplicationId
            messageSystemAttributes = MessageSystemAttributeValue.attributes(traceHeader: traceHeader)
        }

        public struct Output: Decodable, Sendable {
            public var messageId: String
            /// 128 bits in decimal, growing in the group; the first one's for a duplicate.
            public var sequenceNumber: String?
        }
    }

    /// Up to 10 messages and 1 MiB into a FIFO queue; each succeeds or fails by itself.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html)
    public struct SendMessageBatch: AWSOperation {
        public static var service: AWSService { SQS.service }
        public static let maximumEntries = 10

        public var queueUrl: String
        public var entries: [Entry]

        public init(queueUrl: String, entries: [Entry]) {
            self.queueUrl = queueUrl
            self.entries = entries
        }

        public struct Entry: Encodable, Sendable {
            /// Tells the entries of this call apart: 1 to 80 letters, digits, "-" and "_".
            public var id: String
            public var messageBody: String
            public var messageGroupId: String
            public var messageDeduplicationId: String
            public var messageSystemAttributes: [String: MessageSystemAttributeValue]?

            public init(
                id: String, messageBody: String, messageGroupId: String, messageDeduplicationId: String,
                traceHeader: String? = nil
            ) {
                self.id = id
                self.messageBody = messageBody
                self.messageGroupId = messageGroupId
                self.messageDeduplicationId = messageDeduplicationId
                messageSystemAttributes = MessageSystemAttributeValue.attributes(traceHeader: traceHeader)
            }
        }

        public struct Output: Decodable, Sendable {
            public var successful: [Success]
            public var failed: [BatchFailure]
        }

        public struct Success: Decodable, Sendable {
            public var id: String
            public var messageId: String
            public var sequenceNumber: String?
        }
    }

    /// An entry of a batch that failed while the call succeeded.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_BatchResultErrorEntry.html)
    public struct BatchFailure: Decodable, Sendable {
        public var id: String
        public var code: String
        public var message: String?
        /// The entry is wrong: repeating it changes nothing.
        public var senderFault: Bool
    }
}
