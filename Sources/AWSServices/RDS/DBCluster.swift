public import AWSCore

extension RDS {
    /// An Aurora cluster as it stands (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html).
    public struct DBCluster: Decodable, Sendable {
        public var dbClusterIdentifier: String
        public var dbClusterArn: String?
        /// Another one for each cluster that ever had the identifier.
        public var dbClusterResourceId: String?
        /// "available", "creating", "deleting", "modifying", "backing-up" ...
        /// (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html)
        public var status: String?
        public var engineVersion: String?
        public var databaseName: String?
        public var endpoint: String?
        public var readerEndpoint: String?
        public var port: Int?
        public var serverlessV2ScalingConfiguration: ServerlessV2Scaling?
        public var masterUserSecret: MasterUserSecret?
        public var dbClusterParameterGroup: String?
        public var dbSubnetGroup: String?
        public var vpcSecurityGroups: [SecurityGroup]
        public var backupRetentionPeriod: Int?
        public var storageEncrypted: Bool?
        public var deletionProtection: Bool?
        public var copyTagsToSnapshot: Bool?
        public var tagList: [Tag]

        public struct MasterUserSecret: Decodable, Sendable {
            public var secretArn: String?
        }

        public struct SecurityGroup: Decodable, Sendable {
            public var vpcSecurityGroupId: String
        }
    }

    /// In Aurora capacity units, half units included.
    public struct ServerlessV2Scaling: Codable, Sendable, Equatable {
        public var minCapacity: Double?
        public var maxCapacity: Double?

        public init(minCapacity: Double, maxCapacity: Double) {
            self.minCapacity = minCapacity
            self.maxCapacity = maxCapacity
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html)
    public struct CreateDBCluster: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbClusterIdentifier: String
        public var engine: String
        public var engineVersion: String
        public var databaseName: String
        public var masterUsername: String
        /// RDS makes the password and keeps it in Secrets Manager.
        public var manageMasterUserPassword: Bool
        public var port: Int
        public var dbSubnetGroupName: String
        public var dbClusterParameterGroupName: String
        public var vpcSecurityGroupIds: [String]
        public var serverlessV2ScalingConfiguration: ServerlessV2Scaling
        public var backupRetentionPeriod: Int
        public var storageEncrypted: Bool
        public var deletionProtection: Bool
        public var copyTagsToSnapshot: Bool
        public var tags: [Tag]

        public init(
            dbClusterIdentifier: String, engine: String, engineVersion: String, databaseName: String,
            masterUsername: String, manageMasterUserPassword: Bool, port: Int, dbSubnetGroupName: String,
            dbClusterParameterGroupName: String, vpcSecurityGroupIds: [String],
            serverlessV2ScalingConfiguration: ServerlessV2Scaling, backupRetentionPeriod: Int, storageEncrypted: Bool,
            deletionProtection: Bool, copyTagsToSnapshot: Bool, tags: [Tag]
        ) {
            self.dbClusterIdentifier = dbClusterIdentifier
            self.engine = engine
            self.engineVersion = engineVersion
            self.databaseName = databaseName
            self.masterUsername = masterUsername
            self.manageMasterUserPassword = manageMasterUserPassword
            self.port = port
            self.dbSubnetGroupName = dbSubnetGroupName
            self.dbClusterParameterGroupName = dbClusterParameterGroupName
            self.vpcSecurityGroupIds = vpcSecurityGroupIds
            self.serverlessV2ScalingConfiguration = serverlessV2ScalingConfiguration
            self.backupRetentionPeriod = backupRetentionPeriod
            self.storageEncrypted = storageEncrypted
            self.deletionProtection = deletionProtection
            self.copyTagsToSnapshot = copyTagsToSnapshot
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var dbCluster: DBCluster
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html)
    public struct DescribeDBClusters: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbClusterIdentifier: String

        public init(dbClusterIdentifier: String) { self.dbClusterIdentifier = dbClusterIdentifier }

        public struct Output: Decodable, Sendable {
            public var dbClusters: [DBCluster]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html)
    public struct ModifyDBCluster: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbClusterIdentifier: String
        /// False: in the next maintenance window.
        public var applyImmediately: Bool
        public var engineVersion: String?
        public var dbClusterParameterGroupName: String?
        public var vpcSecurityGroupIds: [String]?
        public var serverlessV2ScalingConfiguration: ServerlessV2Scaling?
        public var backupRetentionPeriod: Int?
        public var deletionProtection: Bool?
        public var copyTagsToSnapshot: Bool?

        /// Nothing but the members set afterwards is changed.
        public init(dbClusterIdentifier: String, applyImmediately: Bool = true) {
            self.dbClusterIdentifier = dbClusterIdentifier
            self.applyImmediately = applyImmediately
        }

        public struct Output: Decodable, Sendable {
            public var dbCluster: DBCluster
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBCluster.html)
    public struct DeleteDBCluster: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var dbClusterIdentifier: String
        public var skipFinalSnapshot: Bool

        public init(dbClusterIdentifier: String, skipFinalSnapshot: Bool) {
            self.dbClusterIdentifier = dbClusterIdentifier
            self.skipFinalSnapshot = skipFinalSnapshot
        }
    }
}
