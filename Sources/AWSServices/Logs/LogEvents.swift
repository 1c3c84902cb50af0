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

    /// Events of a group's streams, in order of time; a page may be empty although more follow.
    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html)
    public struct FilterLogEvents: AWSPaginated {
        public static var service: AWSService { Logs.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        public var logGroupName: String
        /// At most 100; nil: all.
        public var logStreamNames: [String]?
        /// Milliseconds since 1970, inclusive.
        public var startTime: Int?
        /// Milliseconds since 1970, inclusive.
        public var endTime: Int?
        /// 1 to 10,000.
        public var limit: Int?
        public var nextToken: String?

        public init(
            logGroupName: String, logStreamNames: [String]? = nil, startTime: Int? = nil, endTime: Int? = nil,
            limit: Int? = nil
        ) {
            self.logGroupName = logGroupName
            self.logStreamNames = logStreamNames
            self.startTime = startTime
            self.endTime = endTime
            self.limit = limit
        }

        public struct Output: Decodable, Sendable {
            public var events: [FilteredEvent]
            public var nextToken: String?
        }
    }

    public struct FilteredEvent: Decodable, Sendable {
        public var eventId: String
        public var logStreamName: String
        /// Milliseconds since 1970.
        public var timestamp: Int
        public var message: String
    }
}
