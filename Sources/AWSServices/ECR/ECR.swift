public import AWSCore

/// Amazon Elastic Container Registry (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/).
public enum ECR {
    public static let service = AWSService(
        name: "ecr", endpointPrefix: "api.ecr",
        wire: .json(version: "1.1", targetPrefix: "AmazonEC2ContainerRegistry_V20150921"), memberNames: .camel)

    /// A tag of a repository. Unlike every other member of this service its own are upper case.
    public struct Tag: Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }

        enum CodingKeys: String, CodingKey {
            case key = "Key"
            case value = "Value"
        }
    }
}
