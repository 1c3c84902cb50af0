public import AWSCore

extension RDS {
    /// A member of a cluster (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html).
    public struct DBInstance: Decodable, Sendable {
        public var dbInstanceIdentifier: String
        public var dbInstanceArn: String?
        public var dbInstanceClass: String?
        public var dbClusterIdentifier: String?
        /// "available", "creating", "deleting", "modifying" ...
        public var dbInstanceStatus: String?
        public var promotionTier: Int?
        public var performanceInsightsEnabled: Bool?
        public var autoMinorVersionUpgrade: Bool?
        public var publiclyAccessible: Bool?
        public var tagList: [Tag]
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)
    public struct CreateDBInstance: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbInstanceIdentifier: String
        public var dbClusterIdentifier: String
        public var dbInstanceClass: String
        public var engine: String
        /// 0 to 15: the member with the lowest becomes the writer when the writer fails.
        public var promotionTier: Int
        public var enablePerformanceInsights: Bool
        public var autoMinorVersionUpgrade: Bool
        public var publiclyAccessible: Bool
        public var tags: [Tag]

        public init(
            dbInstanceIdentifier: String, dbClusterIdentifier: String, dbInstanceClass: String, engine: String,
            promotionTier: Int, enablePerformanceInsights: Bool, autoMinorVersionUpgrade: Bool,
            publiclyAccessible: Bool, tags: [Tag]
        ) {
            self.dbInstanceIdentifier = dbInstanceIdentifier
            self.dbClusterIdentifier = dbClusterIdentifier
            self.dbInstanceClass = dbInstanceClass
            self.engine = engine
            self.promotionTier = promotionTier
            self.enablePerformanceInsights = enablePerformanceInsights
            self.autoMinorVersionUpgrade = autoMinorVersionUpgrade
            self.publiclyAccessible = publiclyAccessible
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var dbInstance: DBInstance
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html)
    public struct DescribeDBInstances: AWSPaginated {
        public static var service: AWSService { RDS.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.marker }

        public var filters: [Filter]
        public var marker: String?

        public init(filters: [Filter]) { self.filters = filters }

        public struct Output: Decodable, Sendable {
            public var dbInstances: [DBInstance]
            public var marker: String?
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html)
    public struct ModifyDBInstance: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbInstanceIdentifier: String
        public var applyImmediately: Bool
        public var dbInstanceClass: String?
        public var promotionTier: Int?
        public var enablePerformanceInsights: Bool?
        public var autoMinorVersionUpgrade: Bool?
        public var publiclyAccessible: Bool?

        /// Nothing but the members set afterwards is changed.
        public init(dbInstanceIdentifier: String, applyImmediately: Bool = true) {
            self.dbInstanceIdentifier = dbInstanceIdentifier
            self.applyImmediately = applyImmediately
        }

        public struct Output: Decodable, Sendable {
            public var dbInstance: DBInstance
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html)
    public struct DeleteDBInstance: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var dbInstanceIdentifier: String
        /// A member of a cluster has no storage of its own, so nothing to snapshot.
        public var skipFinalSnapshot: Bool

        public init(dbInstanceIdentifier: String, skipFinalSnapshot: Bool) {
            self.dbInstanceIdentifier = dbInstanceIdentifier
            self.skipFinalSnapshot = skipFinalSnapshot
        }
    }
}
