public import AWSCore

extension Logs {
    /// The last events of a stream, in order of time.
    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html)
    public struct GetLogEvents: AWSOperation {
        public static var service: AWSService { Logs.service }

        public var logGroupName: String
        public var logStreamName: String
        /// 1 to 10,000.
        public var limit: Int
        /// False: the latest events.
        public var startFromHead: Bool

        public init(logGroupName: String, logStreamName: String, limit: Int, startFromHead: Bool = false) {
            self.logGroupName = logGroupName
            self.logStreamName = logStreamName
            self.limit = limit
            self.startFromHead = startFromHead
        }

        public struct Output: Decodable, Sendable {
            public var events: [Event]
        }

        public struct Event: Decodable, Sendable {
            public var message: String?
        }
    }
}
