public import AWSCore

extension ECS {
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html)
    public struct Cluster: Decodable, Sendable {
        public var clusterArn: String
        public var clusterName: String
        /// ACTIVE, PROVISIONING, DEPROVISIONING, FAILED or INACTIVE.
        public var status: String
        public var settings: [KeyValuePair]
        public var capacityProviders: [String]
        public var defaultCapacityProviderStrategy: [CapacityProviderStrategyItem]
        public var tags: [Tag]
    }

    /// Answers with an existing active cluster of that name, whatever its settings
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html).
    public struct CreateCluster: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var clusterName: String
        public var settings: [KeyValuePair]
        public var capacityProviders: [String]
        public var defaultCapacityProviderStrategy: [CapacityProviderStrategyItem]
        public var tags: [Tag]

        public init(
            clusterName: String, settings: [KeyValuePair], capacityProviders: [String],
            defaultCapacityProviderStrategy: [CapacityProviderStrategyItem], tags: [Tag]
        ) {
            self.clusterName = clusterName
            self.settings = settings
            self.capacityProviders = capacityProviders
            self.defaultCapacityProviderStrategy = defaultCapacityProviderStrategy
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var cluster: Cluster
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html)
    public struct DescribeClusters: AWSOperation {
        public static var service: AWSService { ECS.service }

        /// At most 100.
        public var clusters: [String]
        /// SETTINGS and TAGS are left out unless named.
        public var include: [String]

        public init(clusters: [String], include: [String] = ["SETTINGS", "TAGS"]) {
            self.clusters = clusters
            self.include = include
        }

        public struct Output: Decodable, Sendable {
            public var clusters: [Cluster]
            public var failures: [Failure]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateClusterSettings.html)
    public struct UpdateClusterSettings: AWSOperation {
        public static var service: AWSService { ECS.service }
        public typealias Output = AWSEmpty

        public var cluster: String
        public var settings: [KeyValuePair]

        public init(cluster: String, settings: [KeyValuePair]) {
            self.cluster = cluster
            self.settings = settings
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html)
    public struct PutClusterCapacityProviders: AWSOperation {
        public static var service: AWSService { ECS.service }
        public typealias Output = AWSEmpty

        public var cluster: String
        public var capacityProviders: [String]
        public var defaultCapacityProviderStrategy: [CapacityProviderStrategyItem]

        public init(
            cluster: String, capacityProviders: [String],
            defaultCapacityProviderStrategy: [CapacityProviderStrategyItem]
        ) {
            self.cluster = cluster
            self.capacityProviders = capacityProviders
            self.defaultCapacityProviderStrategy = defaultCapacityProviderStrategy
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html)
    public struct DeleteCluster: AWSOperation {
        public static var service: AWSService { ECS.service }
        public typealias Output = AWSEmpty

        public var cluster: String

        public init(cluster: String) { self.cluster = cluster }
    }
}
