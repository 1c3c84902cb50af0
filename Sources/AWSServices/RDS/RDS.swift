public import AWSCore

/// Amazon Relational Database Service (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/).
public enum RDS {
    public static let service = AWSService(
        name: "rds", wire: .query(version: "2014-10-31"),
        wireNames: [
            "dbClusterIdentifier": "DBClusterIdentifier",
            "dbClusterParameterGroupName": "DBClusterParameterGroupName",
            "dbClusterSnapshotIdentifier": "DBClusterSnapshotIdentifier",
            "dbInstanceClass": "DBInstanceClass",
            "dbInstanceIdentifier": "DBInstanceIdentifier",
            "dbParameterGroupFamily": "DBParameterGroupFamily",
            "dbSubnetGroupDescription": "DBSubnetGroupDescription",
            "dbSubnetGroupName": "DBSubnetGroupName",
            "filters": "Filters.Filter",
            "parameters": "Parameters.Parameter",
            "subnetIds": "SubnetIds.SubnetIdentifier",
            "tags": "Tags.Tag",
            "values": "Values.Value",
            "vpcSecurityGroupIds": "VpcSecurityGroupIds.VpcSecurityGroupId",
        ])

    public struct Tag: Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Filter.html)
    public struct Filter: Encodable, Sendable {
        /// "db-cluster-id".
        public var name: String
        public var values: [String]

        public init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }
}
