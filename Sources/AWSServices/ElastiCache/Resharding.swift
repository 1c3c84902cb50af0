public import AWSCore

extension ElastiCache {
    /// Adds or removes shards while the group serves.
    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroupShardConfiguration.html)
    public struct ModifyReplicationGroupShardConfiguration: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var replicationGroupId: String
        public var nodeGroupCount: Int
        public var applyImmediately: Bool
        /// Shards to remove, "0003"; needed when there are to be fewer.
        public var nodeGroupsToRemove: [String]?

        public init(
            replicationGroupId: String, nodeGroupCount: Int, applyImmediately: Bool = true,
            nodeGroupsToRemove: [String]? = nil
        ) {
            self.replicationGroupId = replicationGroupId
            self.nodeGroupCount = nodeGroupCount
            self.applyImmediately = applyImmediately
            self.nodeGroupsToRemove = nodeGroupsToRemove
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_IncreaseReplicaCount.html)
    public struct IncreaseReplicaCount: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var replicationGroupId: String
        /// Of every shard, without its primary.
        public var newReplicaCount: Int
        public var applyImmediately: Bool

        public init(replicationGroupId: String, newReplicaCount: Int, applyImmediately: Bool = true) {
            self.replicationGroupId = replicationGroupId
            self.newReplicaCount = newReplicaCount
            self.applyImmediately = applyImmediately
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DecreaseReplicaCount.html)
    public struct DecreaseReplicaCount: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var replicationGroupId: String
        /// Of every shard, without its primary.
        public var newReplicaCount: Int
        public var applyImmediately: Bool

        public init(replicationGroupId: String, newReplicaCount: Int, applyImmediately: Bool = true) {
            self.replicationGroupId = replicationGroupId
            self.newReplicaCount = newReplicaCount
            self.applyImmediately = applyImmediately
        }
    }
}
