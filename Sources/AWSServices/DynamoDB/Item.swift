public import AWSCore

extension DynamoDB {
    /// One value of an item: exactly one of its members is set
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html).
    public struct AttributeValue: Codable, Sendable, Hashable {
        /// A text.
        public var s: String?
        /// A number in decimal.
        public var n: String?

        public static func text(_ text: String) -> AttributeValue { AttributeValue(s: text) }
        public static func number(_ number: Int) -> AttributeValue { AttributeValue(n: String(number)) }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html)
    public struct GetItem: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String
        public var key: [String: AttributeValue]
        public var consistentRead: Bool

        public init(tableName: String, key: [String: AttributeValue], consistentRead: Bool = true) {
            self.tableName = tableName
            self.key = key
            self.consistentRead = consistentRead
        }

        public struct Output: Decodable, Sendable {
            /// Empty when there is no such item.
            public var item: [String: AttributeValue]
        }
    }

    /// Not idempotent by itself: a condition on the item makes it so.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html)
    public struct UpdateItem: AWSOperation {
        public static var service: AWSService { DynamoDB.service }

        public var tableName: String
        public var key: [String: AttributeValue]
        public var updateExpression: String
        public var conditionExpression: String
        public var expressionAttributeNames: [String: String]
        public var expressionAttributeValues: [String: AttributeValue]?
        /// ALL_NEW: the answer holds the item as it is now.
        public var returnValues: String

        public init(
            tableName: String, key: [String: AttributeValue], updateExpression: String, conditionExpression: String,
            expressionAttributeNames: [String: String], expressionAttributeValues: [String: AttributeValue]?,
            returnValues: String = "NONE"
        ) {
            self.tableName = tableName
            self.key = key
            self.updateExpression = updateExpression
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValues = returnValues
        }

        public struct Output: Decodable, Sendable {
            public var attributes: [String: AttributeValue]
        }
    }
}
