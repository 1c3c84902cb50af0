public import AWSCore

/// AWS Identity and Access Management (https://docs.aws.amazon.com/IAM/latest/APIReference/).
public enum IAM {
    public static let service = AWSService(
        name: "iam", wire: .query(version: "2010-05-08"), globalRegion: "us-east-1",
        wireNames: ["awsServiceName": "AWSServiceName"])

    public struct Tag: Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }
}
