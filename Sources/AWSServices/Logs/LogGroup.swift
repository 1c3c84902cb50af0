public import AWSCore

extension Logs {
    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html)
    public struct LogGroup: Decodable, Sendable {
        public var logGroupName: String
        /// Absent: events are kept for ever.
        public var retentionInDays: Int?
    }

    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html)
    public struct CreateLogGroup: AWSOperation {
        public static var service: AWSService { Logs.service }
        public typealias Output = AWSEmpty

        public var logGroupName: String
        public var tags: [String: String]

        public init(logGroupName: String, tags: [String: String]) {
            self.logGroupName = logGroupName
            self.tags = tags
        }
    }

    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html)
    public struct DescribeLogGroups: AWSPaginated {
        public static var service: AWSService { Logs.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        public var logGroupNamePrefix: String
        /// At most 50.
        public var limit: Int
        public var nextToken: String?

        public init(logGroupNamePrefix: String, limit: Int = 50) {
            self.logGroupNamePrefix = logGroupNamePrefix
            self.limit = limit
        }

        public struct Output: Decodable, Sendable {
            public var logGroups: [LogGroup]
            public var nextToken: String?
        }
    }

    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html)
    public struct ListTagsForResource: AWSOperation {
        public static var service: AWSService { Logs.service }

        /// A log group's ARN without ":*".
        public var resourceArn: String

        public init(resourceArn: String) { self.resourceArn = resourceArn }

        public struct Output: Decodable, Sendable {
            public var tags: [String: String]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)
    public struct PutRetentionPolicy: AWSOperation {
        public static var service: AWSService { Logs.service }
        public typealias Output = AWSEmpty

        public var logGroupName: String
        public var retentionInDays: Int

        public init(logGroupName: String, retentionInDays: Int) {
            self.logGroupName = logGroupName
            self.retentionInDays = retentionInDays
        }
    }

    /// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html)
    public struct DeleteLogGroup: AWSOperation {
        public static var service: AWSService { Logs.service }
        public typealias Output = AWSEmpty

        public var logGroupName: String

        public init(logGroupName: String) { self.logGroupName = logGroupName }
    }
}
