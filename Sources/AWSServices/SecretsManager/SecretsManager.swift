public import AWSCore

/// AWS Secrets Manager (https://docs.aws.amazon.com/secretsmanager/latest/apireference/).
public enum SecretsManager {
    public static let service = AWSService(
        name: "secretsmanager", wire: .json(version: "1.1", targetPrefix: "secretsmanager"))

    public struct Tag: Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    public struct Filter: Encodable, Sendable {
        /// "name" matches by prefix; also "tag-key", "tag-value", "description".
        public var key: String
        public var values: [String]

        public init(key: String, values: [String]) {
            self.key = key
            self.values = values
        }
    }
}
