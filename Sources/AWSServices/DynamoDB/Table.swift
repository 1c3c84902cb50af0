public import AWSCore

extension DynamoDB {
    /// A table as it stands (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html).
    public struct Table: Decodable, Sendable {
        public var tableName: String
        public var tableArn: String?
        /// CREATING, UPDATING, DELETING, ACTIVE, INACCESSIBLE_ENCRYPTION_CREDENTIALS, ARCHIVING, ARCHIVED.
        public var tableStatus: String?
        public var attributeDefinitions: [AttributeDefinition]
        public var keySchema: [KeySchemaElement]
        public var billingModeSummary: BillingModeSummary?
        public var globalSecondaryIndexes: [Index]
        public var deletionProtectionEnabled: Bool?

        public struct BillingModeSummary: Decodable, Sendable {
            /// PAY_PER_REQUEST or PROVISIONED; a table that was always provisioned has no summary.
            public var billingMode: String?
        }

        public struct Index: Decodable, Sendable {
            public var indexName: String?
            public var indexStatus: String?
            public var keySchema: [KeySchemaElement]
            public var projection: Projection?
        }
    }

    public struct AttributeDefinition: Codable, Sendable, Hashable {
        public var attributeName: String
        /// S, N or B.
        public var attributeType: String

        public init(attributeName: String, attributeType: String) {
            self.attributeName = attributeName
            self.attributeType = attributeType
        }
    }

    public struct KeySchemaElement: Codable, Sendable, Hashable {
        public var attributeName: String
        /// HASH or RANGE.
        public var keyType: String

        public init(attributeName: String, keyType: String) {
            self.attributeName = attributeName
            self.keyType = keyType
        }
    }

    public struct Projection: Codable, Sendable, Hashable {
        /// ALL, KEYS_ONLY or INCLUDE.
        public var projectionType: String?

        public init(projectionType: String) { self.projectionType = projectionType }
    }

    public struct GlobalSecondaryIndex: Encodable, Sendable {
        public var indexName: String
        public var keySchema: [KeySchemaElement]
        public var projection: Projection

        public init(indexName: String, keySchema: [KeySchemaElement], projection: Projection) {
            self.indexName = indexName
            self.keySchema = keySchema
            self.projection = projection
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html)
    public struct CreateTable: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String
        public var attributeDefinitions: [AttributeDefinition]
        public var keySchema: [KeySchemaElement]
        /// nil: none; an empty list is refused.
        public var globalSecondaryIndexes: [GlobalSecondaryIndex]?
        /// PAY_PER_REQUEST or PROVISIONED.
        public var billingMode: String
        public var deletionProtectionEnabled: Bool
        public var tags: [Tag]

        public init(
            tableName: String, attributeDefinitions: [AttributeDefinition], keySchema: [KeySchemaElement],
            globalSecondaryIndexes: [GlobalSecondaryIndex]? = nil, billingMode: String, deletionProtectionEnabled: Bool,
            tags: [Tag]
        ) {
            self.tableName = tableName
            self.attributeDefinitions = attributeDefinitions
            self.keySchema = keySchema
            self.globalSecondaryIndexes = globalSecondaryIndexes
            self.billingMode = billingMode
            self.deletionProtectionEnabled = deletionProtectionEnabled
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var tableDescription: Table
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html)
    public struct DescribeTable: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String

        public init(tableName: String) { self.tableName = tableName }

        public struct Output: Decodable, Sendable {
            public var table: Table
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html)
    public struct UpdateTable: AWSOperation {
        public static var service: AWSService { DynamoDB.service }
        public typealias Output = AWSEmpty

        public var tableName: String
        public var billingMode: String?
        public var deletionProtectionEnabled: Bool?

        public init(tableName: String, billingMode: String? = nil, deletionProtectionEnabled: Bool? = nil) {
            self.tableName = tableName
            self.billingMode = billingMode
            self.deletionProtectionEnabled = deletionProtectionEnabled
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html)
    public struct DeleteTable: AWSOperation {
        public static var service: AWSService { DynamoDB.service }
        public typealias Output = AWSEmpty

        public var tableName: String

        public init(tableName: String) { self.tableName = tableName }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html)
    public struct ListTagsOfResource: AWSPaginated {
        public static var service: AWSService { DynamoDB.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        public var resourceArn: String
        public var nextToken: String?

        public init(resourceArn: String) { self.resourceArn = resourceArn }

        public struct Output: Decodable, Sendable {
            public var tags: [Tag]
            public var nextToken: String?
        }
    }
}
