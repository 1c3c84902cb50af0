public import AWSCore

extension ElastiCache {
    /// One node of a replication group; it knows settings that its group does not tell
    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster.html).
    public struct CacheCluster: Decodable, Sendable {
        public var engineVersion: String?
        public var cacheParameterGroup: ParameterGroupStatus?
        public var cacheSubnetGroupName: String?
        public var securityGroups: [SecurityGroup]

        public struct ParameterGroupStatus: Decodable, Sendable {
            public var cacheParameterGroupName: String?
        }

        public struct SecurityGroup: Decodable, Sendable {
            public var securityGroupId: String
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheClusters.html)
    public struct DescribeCacheClusters: AWSOperation {
        public static var service: AWSService { ElastiCache.service }

        public var cacheClusterId: String

        public init(cacheClusterId: String) { self.cacheClusterId = cacheClusterId }

        public struct Output: Decodable, Sendable {
            public var cacheClusters: [CacheCluster]
        }
    }
}
