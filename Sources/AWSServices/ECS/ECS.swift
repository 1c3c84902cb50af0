public import AWSCore

/// Amazon Elastic Container Service (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/).
public enum ECS {
    public static let service = AWSService(
        name: "ecs", wire: .json(version: "1.1", targetPrefix: "AmazonEC2ContainerServiceV20141113"),
        memberNames: .camel)

    public struct Tag: Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// A name with a value: an environment variable, a setting of a cluster.
    public struct KeyValuePair: Codable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html)
    public struct CapacityProviderStrategyItem: Codable, Sendable, Hashable {
        public var capacityProvider: String
        /// Share of the tasks beyond `base`, relative to the other items' weights.
        public var weight: Int?
        /// Tasks that run there before any other.
        public var base: Int?

        public init(capacityProvider: String, weight: Int, base: Int) {
            self.capacityProvider = capacityProvider
            self.weight = weight
            self.base = base
        }
    }

    /// What a Describe call could not find.
    public struct Failure: Decodable, Sendable {
        public var arn: String?
        /// "MISSING"
        public var reason: String?
    }
}
