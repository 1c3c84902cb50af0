public import AWSCore

extension DynamoDB {
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html)
    public struct DescribeContinuousBackups: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String

        public init(tableName: String) { self.tableName = tableName }

        public struct Output: Decodable, Sendable {
            public var continuousBackupsDescription: Description?
        }

        public struct Description: Decodable, Sendable {
            public var pointInTimeRecoveryDescription: PointInTimeRecovery?
        }

        public struct PointInTimeRecovery: Decodable, Sendable {
            /// ENABLED or DISABLED.
            public var pointInTimeRecoveryStatus: String?
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html)
    public struct UpdateContinuousBackups: AWSOperation {
        public static var service: AWSService { DynamoDB.service }
        public typealias Output = AWSEmpty

        public var tableName: String
        public var pointInTimeRecoverySpecification: Specification

        public init(tableName: String, pointInTimeRecoveryEnabled: Bool) {
            self.tableName = tableName
            pointInTimeRecoverySpecification = Specification(pointInTimeRecoveryEnabled: pointInTimeRecoveryEnabled)
        }

        public struct Specification: Encodable, Sendable {
            public var pointInTimeRecoveryEnabled: Bool
        }
    }
}
