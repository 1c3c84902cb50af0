public import AWSCore

extension DynamoDB {
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html)
    public struct DescribeTimeToLive: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String

        public init(tableName: String) { self.tableName = tableName }

        public struct Output: Decodable, Sendable {
            public var timeToLiveDescription: Description?
        }

        public struct Description: Decodable, Sendable {
            /// ENABLING, ENABLED, DISABLING or DISABLED.
            public var timeToLiveStatus: String?
            public var attributeName: String?
        }
    }

    /// Fails when it is already so, and within an hour of the last change.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html)
    public struct UpdateTimeToLive: AWSOperation {
        public static var service: AWSService { DynamoDB.service }
        public static var replay: AWSReplay { .lookUp }
        public typealias Output = AWSEmpty

        public var tableName: String
        public var timeToLiveSpecification: Specification

        public init(tableName: String, attributeName: String, enabled: Bool) {
            self.tableName = tableName
            timeToLiveSpecification = Specification(attributeName: attributeName, enabled: enabled)
        }

        public struct Specification: Encodable, Sendable {
            public var attributeName: String
            public var enabled: Bool
        }
    }
}
