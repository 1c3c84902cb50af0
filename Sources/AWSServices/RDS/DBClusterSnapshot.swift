public import AWSCore

extension RDS {
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBClusterSnapshot.html)
    public struct DBClusterSnapshot: Decodable, Sendable {
        public var dbClusterSnapshotIdentifier: String
        public var dbClusterIdentifier: String?
        /// "creating", "available", "failed".
        public var status: String?
        public var percentProgress: Int?
    }

    /// The cluster must be available.
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterSnapshot.html)
    public struct CreateDBClusterSnapshot: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var dbClusterSnapshotIdentifier: String
        public var dbClusterIdentifier: String
        public var tags: [Tag]

        public init(dbClusterSnapshotIdentifier: String, dbClusterIdentifier: String, tags: [Tag]) {
            self.dbClusterSnapshotIdentifier = dbClusterSnapshotIdentifier
            self.dbClusterIdentifier = dbClusterIdentifier
            self.tags = tags
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusterSnapshots.html)
    public struct DescribeDBClusterSnapshots: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbClusterSnapshotIdentifier: String

        public init(dbClusterSnapshotIdentifier: String) {
            self.dbClusterSnapshotIdentifier = dbClusterSnapshotIdentifier
        }

        public struct Output: Decodable, Sendable {
            public var dbClusterSnapshots: [DBClusterSnapshot]
        }
    }
}
