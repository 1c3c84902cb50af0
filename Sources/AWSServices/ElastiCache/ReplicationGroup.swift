public import AWSCore

extension ElastiCache {
    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ReplicationGroup.html)
    public struct ReplicationGroup: Decodable, Sendable {
        public var replicationGroupId: String
        public var arn: String?
        /// "creating", "available", "modifying", "deleting", "create-failed", "snapshotting".
        public var status: String?
        public var cacheNodeType: String?
        /// "enabled", "enabling", "disabled" or "disabling".
        public var automaticFailover: String?
        /// "enabled" or "disabled".
        public var multiAZ: String?
        public var clusterEnabled: Bool?
        public var authTokenEnabled: Bool?
        public var transitEncryptionEnabled: Bool?
        public var atRestEncryptionEnabled: Bool?
        public var configurationEndpoint: Endpoint?
        public var memberClusters: [String]
        public var nodeGroups: [NodeGroup]

        public struct Endpoint: Decodable, Sendable {
            public var address: String?
            public var port: Int?
        }

        /// A shard.
        public struct NodeGroup: Decodable, Sendable {
            public var nodeGroupId: String?
            public var nodeGroupMembers: [Member]
        }

        public struct Member: Decodable, Sendable {
            public var cacheClusterId: String?
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html)
    public struct CreateReplicationGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }

        public var replicationGroupId: String
        public var replicationGroupDescription: String
        public var engine: String
        public var engineVersion: String
        public var cacheNodeType: String
        /// "enabled", "disabled" or "compatible".
        public var clusterMode: String
        public var numNodeGroups: Int
        public var replicasPerNodeGroup: Int
        public var cacheParameterGroupName: String
        public var cacheSubnetGroupName: String
        public var securityGroupIds: [String]
        public var automaticFailoverEnabled: Bool
        public var multiAZEnabled: Bool
        public var transitEncryptionEnabled: Bool
        public var atRestEncryptionEnabled: Bool
        /// A secret.
        public var authToken: String
        public var tags: [Tag]

        public init(
            replicationGroupId: String, replicationGroupDescription: String, engine: String, engineVersion: String,
            cacheNodeType: String, clusterMode: String, numNodeGroups: Int, replicasPerNodeGroup: Int,
            cacheParameterGroupName: String, cacheSubnetGroupName: String, securityGroupIds: [String],
            automaticFailoverEnabled: Bool, multiAZEnabled: Bool, transitEncryptionEnabled: Bool,
            atRestEncryptionEnabled: Bool, authToken: String, tags: [Tag]
        ) {
            self.replicationGroupId = replicationGroupId
            self.replicationGroupDescription = replicationGroupDescription
            self.engine = engine
            self.engineVersion = engineVersion
            self.cacheNodeType = cacheNodeType
            self.clusterMode = clusterMode
            self.numNodeGroups = numNodeGroups
            self.replicasPerNodeGroup = replicasPerNodeGroup
            self.cacheParameterGroupName = cacheParameterGroupName
            self.cacheSubnetGroupName = cacheSubnetGroupName
            self.securityGroupIds = securityGroupIds
            self.automaticFailoverEnabled = automaticFailoverEnabled
            self.multiAZEnabled = multiAZEnabled
            self.transitEncryptionEnabled = transitEncryptionEnabled
            self.atRestEncryptionEnabled = atRestEncryptionEnabled
            self.authToken = authToken
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var replicationGroup: ReplicationGroup
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeReplicationGroups.html)
    public struct DescribeReplicationGroups: AWSOperation {
        public static var service: AWSService { ElastiCache.service }

        public var replicationGroupId: String

        public init(replicationGroupId: String) { self.replicationGroupId = replicationGroupId }

        public struct Output: Decodable, Sendable {
            public var replicationGroups: [ReplicationGroup]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html)
    public struct ModifyReplicationGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var replicationGroupId: String
        public var applyImmediately: Bool
        public var cacheNodeType: String?
        public var engineVersion: String?
        public var cacheParameterGroupName: String?
        public var securityGroupIds: [String]?
        public var automaticFailoverEnabled: Bool?
        public var multiAZEnabled: Bool?

        /// Nothing but the members set afterwards is changed.
        public init(replicationGroupId: String, applyImmediately: Bool = true) {
            self.replicationGroupId = replicationGroupId
            self.applyImmediately = applyImmediately
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteReplicationGroup.html)
    public struct DeleteReplicationGroup: AWSOperation {
        public static var service: AWSService { ElastiCache.service }
        public typealias Output = AWSEmpty

        public var replicationGroupId: String
        public var retainPrimaryCluster: Bool

        public init(replicationGroupId: String, retainPrimaryCluster: Bool) {
            self.replicationGroupId = replicationGroupId
            self.retainPrimaryCluster = retainPrimaryCluster
        }
    }
}
