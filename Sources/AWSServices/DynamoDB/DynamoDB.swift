public import AWSCore

/// Amazon DynamoDB (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/).
public enum DynamoDB {
    public static let service = AWSService(
        name: "dynamodb", wire: .json(version: "1.0", targetPrefix: "DynamoDB_20120810"))

    public struct Tag: Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }
}
