public import AWSCore

extension DynamoDB {
    /// Attributes by name.
    public typealias Item = [String: AttributeValue]

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html)
    public struct GetItem: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String
        public var key: Item
        public var consistentRead: Bool
        public var projectionExpression: String?
        public var expressionAttributeNames: [String: String]?

        public init(
            tableName: String, key: Item, consistentRead: Bool = true, projectionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.consistentRead = consistentRead
            self.projectionExpression = projectionExpression
            self.expressionAttributeNames = expressionAttributeNames
        }

        public struct Output: Decodable, Sendable {
            /// Empty when there is no such item.
            public var item: Item
        }
    }

    /// Makes or replaces an item. Repeated after a lost answer it meets its own item: with a condition that refuses
    /// that, compare `AWSError.conditionItem`.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html)
    public struct PutItem: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String
        public var item: Item
        public var conditionExpression: String?
        public var expressionAttributeNames: [String: String]?
        public var expressionAttributeValues: Item?
        /// NONE or ALL_OLD: the answer holds the item as it was.
        public var returnValues: String?
        /// NONE or ALL_OLD: `AWSError.conditionItem` is the item that the condition refused.
        public var returnValuesOnConditionCheckFailure: String?

        public init(
            tableName: String, item: Item, conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil, expressionAttributeValues: Item? = nil,
            returnValues: String? = nil, returnValuesOnConditionCheckFailure: String? = nil
        ) {
            self.tableName = tableName
            self.item = item
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValues = returnValues
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }

        public struct Output: Decodable, Sendable {
            public var attributes: Item
        }
    }

    /// Not idempotent by itself: a condition on the item makes it so.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html)
    public struct UpdateItem: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String
        public var key: Item
        public var updateExpression: String
        public var conditionExpression: String?
        public var expressionAttributeNames: [String: String]?
        public var expressionAttributeValues: Item?
        /// NONE, ALL_OLD, UPDATED_OLD, ALL_NEW or UPDATED_NEW: what the answer holds of the item.
        public var returnValues: String?
        /// NONE or ALL_OLD: `AWSError.conditionItem` is the item that the condition refused.
        public var returnValuesOnConditionCheckFailure: String?

        public init(
            tableName: String, key: Item, updateExpression: String, conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil, expressionAttributeValues: Item? = nil,
            returnValues: String? = nil, returnValuesOnConditionCheckFailure: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.updateExpression = updateExpression
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValues = returnValues
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }

        public struct Output: Decodable, Sendable {
            public var attributes: Item
        }
    }

    /// Succeeds when there is no such item, unless its condition says otherwise.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html)
    public struct DeleteItem: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String
        public var key: Item
        public var conditionExpression: String?
        public var expressionAttributeNames: [String: String]?
        public var expressionAttributeValues: Item?
        /// NONE or ALL_OLD: the answer holds the item as it was.
        public var returnValues: String?
        /// NONE or ALL_OLD: `AWSError.conditionItem` is the item that the condition refused.
        public var returnValuesOnConditionCheckFailure: String?

        public init(
            tableName: String, key: Item, conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil, expressionAttributeValues: Item? = nil,
            returnValues: String? = nil, returnValuesOnConditionCheckFailure: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValues = returnValues
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }

        public struct Output: Decodable, Sendable {
            public var attributes: Item
        }
    }
}
