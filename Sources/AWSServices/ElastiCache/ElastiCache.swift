public import AWSCore

/// Amazon ElastiCache (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/).
public enum ElastiCache {
    public static let service = AWSService(
        name: "elasticache", wire: .query(version: "2015-02-02"),
        wireNames: [
            "nodeGroupsToRemove": "NodeGroupsToRemove.NodeGroupToRemove",
            "parameterNameValues": "ParameterNameValues.ParameterNameValue",
            "securityGroupIds": "SecurityGroupIds.SecurityGroupId",
            "subnetIds": "SubnetIds.SubnetIdentifier",
            "tags": "Tags.Tag",
        ])

    public struct Tag: Codable, Sendable {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// (https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ListTagsForResource.html)
    public struct ListTagsForResource: AWSOperation {
        public static var service: AWSService { ElastiCache.service }

        /// An ARN.
        public var resourceName: String

        public init(resourceName: String) { self.resourceName = resourceName }

        public struct Output: Decodable, Sendable {
            public var tagList: [Tag]
        }
    }
}
