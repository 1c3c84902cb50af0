public import AWSCore

extension ElastiCache {
    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheSubnetGroup.html)
    public struct CacheSubnetGroup: Decodable, Sendable {
        public var cacheSubnetGroupName: String
        public var cacheSubnetGroupDescription: String?
        public var arn: String?
        public var subnets: [Subnet]

        public struct Subnet: Decodable, Sendable {
            public var subnetIdentifier: String
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html)
    public struct CreateCacheSubnetGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }

        public var cacheSubnetGroupName: String
        public var cacheSubnetGroupDescription: String
        public var subnetIds: [String]
        public var tags: [Tag]

        public init(
            cacheSubnetGroupName: String, cacheSubnetGroupDescription: String, subnetIds: [String], tags: [Tag]
        ) {
            self.cacheSubnetGroupName = cacheSubnetGroupName
            self.cacheSubnetGroupDescription = cacheSubnetGroupDescription
            self.subnetIds = subnetIds
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var cacheSubnetGroup: CacheSubnetGroup
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheSubnetGroups.html)
    public struct DescribeCacheSubnetGroups: AWSOperation {
        public static var service: AWSService { ElastiCache.service }

        public var cacheSubnetGroupName: String

        public init(cacheSubnetGroupName: String) { self.cacheSubnetGroupName = cacheSubnetGroupName }

        public struct Output: Decodable, Sendable {
            public var cacheSubnetGroups: [CacheSubnetGroup]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheSubnetGroup.html)
    public struct ModifyCacheSubnetGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var cacheSubnetGroupName: String
        public var cacheSubnetGroupDescription: String
        public var subnetIds: [String]

        public init(cacheSubnetGroupName: String, cacheSubnetGroupDescription: String, subnetIds: [String]) {
            self.cacheSubnetGroupName = cacheSubnetGroupName
            self.cacheSubnetGroupDescription = cacheSubnetGroupDescription
            self.subnetIds = subnetIds
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteCacheSubnetGroup.html)
    public struct DeleteCacheSubnetGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var cacheSubnetGroupName: String

        public init(cacheSubnetGroupName: String) { self.cacheSubnetGroupName = cacheSubnetGroupName }
    }
}
