public import AWSCore

extension RDS {
    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSubnetGroup.html)
    public struct DBSubnetGroup: Decodable, Sendable {
        public var dbSubnetGroupName: String
        public var dbSubnetGroupArn: String?
        public var dbSubnetGroupDescription: String?
        public var subnets: [Subnet]

        public struct Subnet: Decodable, Sendable {
            public var subnetIdentifier: String
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html)
    public struct CreateDBSubnetGroup: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbSubnetGroupName: String
        public var dbSubnetGroupDescription: String
        public var subnetIds: [String]
        public var tags: [Tag]

        public init(dbSubnetGroupName: String, dbSubnetGroupDescription: String, subnetIds: [String], tags: [Tag]) {
            self.dbSubnetGroupName = dbSubnetGroupName
            self.dbSubnetGroupDescription = dbSubnetGroupDescription
            self.subnetIds = subnetIds
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var dbSubnetGroup: DBSubnetGroup
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSubnetGroups.html)
    public struct DescribeDBSubnetGroups: AWSOperation {
        public static var service: AWSService { RDS.service }

        public var dbSubnetGroupName: String

        public init(dbSubnetGroupName: String) { self.dbSubnetGroupName = dbSubnetGroupName }

        public struct Output: Decodable, Sendable {
            public var dbSubnetGroups: [DBSubnetGroup]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html)
    public struct ModifyDBSubnetGroup: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var dbSubnetGroupName: String
        public var dbSubnetGroupDescription: String
        public var subnetIds: [String]

        public init(dbSubnetGroupName: String, dbSubnetGroupDescription: String, subnetIds: [String]) {
            self.dbSubnetGroupName = dbSubnetGroupName
            self.dbSubnetGroupDescription = dbSubnetGroupDescription
            self.subnetIds = subnetIds
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html)
    public struct DeleteDBSubnetGroup: AWSOperation {
        public static var service: AWSService { RDS.service }
        public typealias Output = AWSEmpty

        public var dbSubnetGroupName: String

        public init(dbSubnetGroupName: String) { self.dbSubnetGroupName = dbSubnetGroupName }
    }
}
