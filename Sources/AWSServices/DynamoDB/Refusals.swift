public import AWSCore

extension DynamoDB {
    /// Why a transaction did not happen, for one of its writes.
    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html)
    public struct CancellationReason: Decodable, Sendable, Hashable {
        /// None (this write was not the cause), ConditionalCheckFailed, TransactionConflict, ThrottlingError,
        /// ProvisionedThroughputExceeded, ItemCollectionSizeLimitExceeded, ValidationError or another of AWS's.
        public var code: String
        public var message: String?
        /// The item that refused the write's condition; empty when it was not asked for, or there is none.
        public var item: Item
    }
}

extension AWSError {
    /// Of a `TransactionCanceledException`: one reason a write, in the writes' order. `nil` for any other error.
    public var cancellationReasons: [DynamoDB.CancellationReason]? {
        struct Refusal: Decodable { var cancellationReasons: [DynamoDB.CancellationReason] }
        guard code == "TransactionCanceledException", let reasons = details(Refusal.self)?.cancellationReasons,
            !reasons.isEmpty
        else { return nil }
        return reasons
    }

    /// Of a `ConditionalCheckFailedException` of a write with `returnValuesOnConditionCheckFailure` ALL_OLD: the item
    /// as it stands, empty when there is none. `nil` for any other error.
    public var conditionItem: DynamoDB.Item? {
        struct Refusal: Decodable { var item: DynamoDB.Item }
        guard code == "ConditionalCheckFailedException" else { return nil }
        return details(Refusal.self)?.item ?? [:]
    }
}
