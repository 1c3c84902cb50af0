public import AWSCore

extension DynamoDB {
    /// Up to 100 items by their keys, 16 MB in all; they come back in no order, and what is not there is left out.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html)
    public struct BatchGetItem: AWSOperation {
        public static var service: AWSService { DynamoDB.service }
        public static let maximumKeys = 100

        /// By table.
        public var requestItems: [String: KeysAndAttributes]

        public init(requestItems: [String: KeysAndAttributes]) { self.requestItems = requestItems }

        public struct Output: Decodable, Sendable {
            /// By table.
            public var responses: [String: [Item]]
            /// What the next call has to ask for; empty when all was looked at.
            public var unprocessedKeys: [String: KeysAndAttributes]
        }
    }

    /// Keys of one table, without duplicates.
    public struct KeysAndAttributes: Codable, Sendable, Hashable {
        public var keys: [Item]
        public var consistentRead: Bool?
        public var projectionExpression: String?
        public var expressionAttributeNames: [String: String]?

        public init(
            keys: [Item], consistentRead: Bool? = nil, projectionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil
        ) {
            self.keys = keys
            self.consistentRead = consistentRead
            self.projectionExpression = projectionExpression
            self.expressionAttributeNames = expressionAttributeNames
        }
    }

    /// The items of one partition key in order of the sort key, up to 1 MB a page.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html)
    public struct Query: AWSOperation {
        public static var service: AWSService { DynamoDB.service }
        public static var effect: AWSEffect { .read }

        public var tableName: String
        public var indexName: String?
        public var keyConditionExpression: String
        /// Applied after `limit`: a page may be empty and not the last.
        public var filterExpression: String?
        public var projectionExpression: String?
        public var expressionAttributeNames: [String: String]?
        public var expressionAttributeValues: Item
        /// Refused on a global secondary index.
        public var consistentRead: Bool?
        /// Items looked at, from 1.
        public var limit: Int?
        /// `false`: descending.
        public var scanIndexForward: Bool?
        public var exclusiveStartKey: Item?

        public init(
            tableName: String, indexName: String? = nil, keyConditionExpression: String,
            filterExpression: String? = nil, projectionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil, expressionAttributeValues: Item,
            consistentRead: Bool? = nil, limit: Int? = nil, scanIndexForward: Bool? = nil,
            exclusiveStartKey: Item? = nil
        ) {
            self.tableName = tableName
            self.indexName = indexName
            self.keyConditionExpression = keyConditionExpression
            self.filterExpression = filterExpression
            self.projectionExpression = projectionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.consistentRead = consistentRead
            self.limit = limit
            self.scanIndexForward = scanIndexForward
            self.exclusiveStartKey = exclusiveStartKey
        }

        /// The query of the page after `output`; `nil` on the last one.
        public func next(after output: Output) -> Query? {
            guard !output.lastEvaluatedKey.isEmpty else { return nil }
            var next = self
            next.exclusiveStartKey = output.lastEvaluatedKey
            return next
        }

        public struct Output: Decodable, Sendable {
            public var items: [Item]
            public var count: Int?
            public var scannedCount: Int?
            /// Empty on the last page.
            public var lastEvaluatedKey: Item
        }
    }
}
