public import AWSCore

extension SQS {
    /// Deletes a received message; once more is a success too. A FIFO queue refuses a receipt whose visibility timeout
    /// is over (InvalidParameterValue): the message comes again.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html)
    public struct DeleteMessage: AWSOperation {
        public static var service: AWSService { SQS.service }
        public typealias Output = AWSEmpty

        public var queueUrl: String
        public var receiptHandle: String

        public init(queueUrl: String, receiptHandle: String) {
            self.queueUrl = queueUrl
            self.receiptHandle = receiptHandle
        }
    }

    /// Up to 10 deletions, each succeeding or failing by itself.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html)
    public struct DeleteMessageBatch: AWSOperation {
        public static var service: AWSService { SQS.service }
        public typealias Output = ReceiptBatchOutput
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
            public var receiptHandle: String

            public init(id: String, receiptHandle: String) {
                self.id = id
                self.receiptHandle = receiptHandle
            }
        }
    }

    /// The message is out of sight for `visibilityTimeout` seconds from now; 0 gives it back at once. Twelve hours after
    /// it was received are the limit.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html)
    public struct ChangeMessageVisibility: AWSOperation {
        public static var service: AWSService { SQS.service }
        public typealias Output = AWSEmpty

        public var queueUrl: String
        public var receiptHandle: String
        /// Seconds, 0 to 43,200.
        public var visibilityTimeout: Int

        public init(queueUrl: String, receiptHandle: String, visibilityTimeout: Int) {
            self.queueUrl = queueUrl
            self.receiptHandle = receiptHandle
            self.visibilityTimeout = visibilityTimeout
        }
    }

    /// Up to 10 changes, each succeeding or failing by itself.
    /// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html)
    public struct ChangeMessageVisibilityBatch: AWSOperation {
        public static var service: AWSService { SQS.service }
        public typealias Output = ReceiptBatchOutput
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
            public var receiptHandle: String
            /// Seconds, 0 to 43,200.
            public var visibilityTimeout: Int

            public init(id: String, receiptHandle: String, visibilityTimeout: Int) {
                self.id = id
                self.receiptHandle = receiptHandle
                self.visibilityTimeout = visibilityTimeout
            }
        }
    }

    /// What became of a batch's entries.
    public struct ReceiptBatchOutput: Decodable, Sendable {
        public var successful: [Success]
        public var failed: [BatchFailure]

        public struct Success: Decodable, Sendable {
            public var id: String
        }
    }
}
