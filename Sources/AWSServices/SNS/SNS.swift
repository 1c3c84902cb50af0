import AWSCore

/// Simple Notification Service (https://docs.aws.amazon.com/sns/latest/api/).
public enum SNS {
    static let service = AWSService(name: "sns", wire: .query(version: "2010-03-31"))

    public struct Tag: Codable, Sendable, Hashable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }
}
