public import AWSCore

extension DynamoDB {
    /// Up to 100 writes of different items, all or none.
    ///
    /// The same token with the same writes is one transaction for 10 minutes, so the call may be repeated when its
    /// answer was lost; with other writes it is an `IdempotentParameterMismatchException`. A refusal is a
    /// `TransactionCanceledException` with `AWSError.cancellationReasons`.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)
    public struct TransactWriteItems: AWSOperation {
        public static var service: AWSService { DynamoDB.service }
        public typealias Output = AWSEmpty
        public static let maximumWrites = 100

        public var transactItems: [TransactWriteItem]
        /// 1 to 36 characters.
        public var clientRequestToken: String

        public init(transactItems: [TransactWriteItem], clientRequestToken: String) {
            self.transactItems = transactItems
            self.clientRequestToken = clientRequestToken
        }
    }

    /// One write of a transaction.
    public enum TransactWriteItem: Encodable, Sendable {
        case put(Put)
        case update(Update)
        case delete(Delete)
        /// The item stays as it is; the transaction happens only if the condition holds.
        case conditionCheck(ConditionCheck)

        private enum CodingKeys: CodingKey { case put, update, delete, conditionCheck }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            switch self {
            case .put(let write): try container.encode(write, forKey: .put)
            case .update(let write): try container.encode(write, forKey: .update)
            case .delete(let write): try container.encode(write, forKey: .delete)
            case .conditionCheck(let check): try container.encode(check, forKey: .conditionCheck)
            }
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Put.html)
    public struct Put: Encodable, Sendable {
        public var tableName: String
        public var item: Item
        public var conditionExpression: String?
        public var expressionAttributeNames: [String: String]?
        public var expressionAttributeValues: Item?
        /// NONE or ALL_OLD: `CancellationReason.item` is the item that the condition refused.
        public var returnValuesOnConditionCheckFailure: String?

        public init(
            tableName: String, item: Item, conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil, expressionAttributeValues: Item? = nil,
            returnValuesOnConditionCheckFailure: String? = nil
        ) {
            self.tableName = tableName
            self.item = item
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Update.html)
    public struct Update: Encodable, Sendable {
        public var tableName: String
        public var key: Item
        public var updateExpression: String
        public var conditionExpression: String?
        public var expressionAttributeNames: [String: String]?
        public var expressionAttributeValues: Item?
        /// NONE or ALL_OLD: `CancellationReason.item` is the item that the condition refused.
        public var returnValuesOnConditionCheckFailure: String?

        public init(
            tableName: String, key: Item, updateExpression: String, conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil, expressionAttributeValues: Item? = nil,
            returnValuesOnConditionCheckFailure: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.updateExpression = updateExpression
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Delete.html)
    public struct Delete: Encodable, Sendable {
        public var tableName: String
        public var key: Item
        public var conditionExpression: String?
        public var expressionAttributeNames: [String: String]?
        public var expressionAttributeValues: Item?
        /// NONE or ALL_OLD: `CancellationReason.item` is the item that the condition refused.
        public var returnValuesOnConditionCheckFailure: String?

        public init(
            tableName: String, key: Item, conditionExpression: String? = nil,
            expressionAttributeNames: [String: String]? = nil, expressionAttributeValues: Item? = nil,
            returnValuesOnConditionCheckFailure: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConditionCheck.html)
    public struct ConditionCheck: Encodable, Sendable {
        public var tableName: String
        public var key: Item
        public var conditionExpression: String
        public var expressionAttributeNames: [String: String]?
        public var expressionAttributeValues: Item?
        /// NONE or ALL_OLD: `CancellationReason.item` is the item that the condition refused.
        public var returnValuesOnConditionCheckFailure: String?

        public init(
            tableName: String, key: Item, conditionExpression: String,
            expressionAttributeNames: [String: String]? = nil, expressionAttributeValues: Item? = nil,
            returnValuesOnConditionCheckFailure: String? = nil
        ) {
            self.tableName = tableName
            self.key = key
            self.conditionExpression = conditionExpression
            self.expressionAttributeNames = expressionAttributeNames
            self.expressionAttributeValues = expressionAttributeValues
            self.returnValuesOnConditionCheckFailure = returnValuesOnConditionCheckFailure
        }
    }
}
