internal import AWSCore
internal import AWSServices
internal import Foundation
internal import Synchronization
internal import Ticketing

/// A transaction that did not happen because somebody else changed the items between its read and its write, is writing
/// them right now, or because the table is short of capacity: from the read again, it may.
struct LostRace: Error {
    /// DynamoDB's codes, sorted.
    var reasons: [String]
}

/// The calls of the hold store, bounded in number, with their errors as the port words them.
final class DynamoDBCalls: Sendable {
    static let mostKeys = DynamoDB.BatchGetItem.maximumKeys
    /// Calls under way at once; past it `overloaded`.
    private static let mostCalls = 1_024

    private let client: AWSClient
    private let region: String
    private let table: String
    private let underWay = Atomic(0)

    init(client: AWSClient, region: String, table: String) {
        self.client = client
        self.region = region
        self.table = table
    }

    // MARK: - Reads

    /// The items under up to 100 different keys, strongly consistent.
    func read(_ keys: [DynamoDB.Item]) async throws -> [DynamoDB.Item] {
        if keys.count == 1 {
            let item = try await send(DynamoDB.GetItem(tableName: table, key: keys[0])).item
            return item.isEmpty ? [] : [item]
        }
        var items: [DynamoDB.Item] = []
        var wanted = [table: DynamoDB.KeysAndAttributes(keys: keys, consistentRead: true)]
        for attempt in 0..<8 {
            let output = try await send(DynamoDB.BatchGetItem(requestItems: wanted))
            items += output.responses[table] ?? []
            wanted = output.unprocessedKeys
            if wanted.isEmpty { return items }
            try await Task.sleep(for: .milliseconds(Double.random(in: 0...Double(8 << attempt))))
        }
        throw StoreError(.overloaded, store: Self.store, "the table does not keep up with reads")
    }

    /// Every item of a partition, strongly consistent.
    func items(partition: String) async throws -> [DynamoDB.Item] {
        var items: [DynamoDB.Item] = []
        var page: DynamoDB.Query? = DynamoDB.Query(
            tableName: table, keyConditionExpression: "pk = :pk", expressionAttributeValues: [":pk": .text(partition)],
            consistentRead: true)
        while let query = page {
            let output = try await send(query)
            items += output.items
            page = query.next(after: output)
        }
        return items
    }

    /// Keys and times of commit records that the index has for a shard, the oldest first.
    func unsent(
        shard: Int, before: Timestamp, limit: Int
    ) async throws -> [(idem: String, createdAt: Timestamp)] {
        let output = try await send(
            DynamoDB.Query(
                tableName: table, indexName: "unsent",
                keyConditionExpression: "unsent = :shard AND createdAt < :before",
                expressionAttributeValues: [":shard": .text(String(shard)), ":before": .number(before.milliseconds)],
                limit: limit))
        return output.items.compactMap { item in
            guard let pk = item["pk"]?.s, pk.hasPrefix("C#"), let createdAt = item["createdAt"]?.integer else {
                return nil
            }
            return (String(pk.dropFirst(2)), Timestamp(milliseconds: Int64(createdAt)))
        }
    }

    func ping() async throws {
        _ = try await send(
            DynamoDB.GetItem(tableName: table, key: ["pk": .text("PING"), "sk": .text("PING")], consistentRead: false))
    }

    // MARK: - Writes

    /// All or none.
    /// - Throws: `LostRace`; `StoreError`.
    func transact(_ writes: [DynamoDB.TransactWriteItem]) async throws {
        // The client repeats a call whose answer was lost with the same token, so it happens once.
        let token = UUID().uuidString
        do {
            _ = try await call(DynamoDB.TransactWriteItems(transactItems: writes, clientRequestToken: token))
        } catch let error as AWSError {
            guard let reasons = error.cancellationReasons else { throw Self.translated(error) }
            let codes = Set(reasons.map(\.code)).subtracting(["None"])
            guard codes.isSubset(of: Self.passingReasons) else { throw Self.translated(error) }
            throw LostRace(reasons: codes.sorted())
        }
    }

    /// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)
    private static let passingReasons: Set = [
        "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded",
    ]

    /// A seat that is free, or whose hold has expired.
    func putFree(_ seat: SeatKey, _ state: SeatState, now: Timestamp) -> DynamoDB.Put {
        DynamoDB.Put(
            tableName: table, item: SeatItem.item(seat, state),
            conditionExpression: "attribute_not_exists(pk) OR (#state = :held AND expiresAt <= :now)",
            expressionAttributeNames: ["#state": "state"],
            expressionAttributeValues: [":held": .text("held"), ":now": .number(now.milliseconds)])
    }

    /// A seat that the user holds.
    func putHeld(_ seat: SeatKey, _ state: SeatState, by userID: String) -> DynamoDB.Put {
        DynamoDB.Put(
            tableName: table, item: SeatItem.item(seat, state),
            conditionExpression: "#state = :held AND #user = :user",
            expressionAttributeNames: ["#state": "state", "#user": "user"],
            expressionAttributeValues: [":held": .text("held"), ":user": .text(userID)])
    }

    func deleteHeld(_ seat: SeatKey, by userID: String) -> DynamoDB.Delete {
        DynamoDB.Delete(
            tableName: table, key: SeatItem.key(seat), conditionExpression: "#state = :held AND #user = :user",
            expressionAttributeNames: ["#state": "state", "#user": "user"],
            expressionAttributeValues: [":held": .text("held"), ":user": .text(userID)])
    }

    func deletePinned(_ seat: SeatKey, idem: String) -> DynamoDB.Delete {
        DynamoDB.Delete(
            tableName: table, key: SeatItem.key(seat), conditionExpression: "#state = :pinned AND idem = :idem",
            expressionAttributeNames: ["#state": "state"],
            expressionAttributeValues: [":pinned": .text("pinned"), ":idem": .text(idem)])
    }

    /// `new` in place of `old`, if `old` still stands.
    func put(_ new: UserAllowance, after old: UserAllowance, now: Timestamp) -> DynamoDB.Put {
        DynamoDB.Put(
            tableName: table, item: new.item(now: now),
            conditionExpression: old.version.isEmpty ? "attribute_not_exists(pk)" : "version = :version",
            expressionAttributeValues: old.version.isEmpty ? nil : [":version": .text(old.version)])
    }

    func firstPut(_ record: CommitRecord) -> DynamoDB.Put {
        DynamoDB.Put(
            tableName: table, item: CommitItem.item(record), conditionExpression: "attribute_not_exists(pk)")
    }

    /// Writes the record unless one stands.
    /// - Returns: the one that stands.
    func putFirst(_ record: CommitRecord) async throws -> CommitRecord? {
        do {
            _ = try await call(
                DynamoDB.PutItem(
                    tableName: table, item: CommitItem.item(record),
                    conditionExpression: "attribute_not_exists(pk)",
                    returnValuesOnConditionCheckFailure: "ALL_OLD"))
            return nil
        } catch let error as AWSError {
            guard let item = error.conditionItem else { throw Self.translated(error) }
            guard let standing = CommitItem.record(item) else {
                throw StoreError(.invalid, store: Self.store, "a commit record is not what tickctl writes")
            }
            // It may have been written by the attempt whose answer was lost.
            return error.followsLostAnswer && standing == record ? nil : standing
        }
    }

    func markSent(_ idem: String) async throws {
        try await ignoringCondition(
            DynamoDB.UpdateItem(
                tableName: table, key: CommitItem.key(idem), updateExpression: "SET #ttl = keptUntil REMOVE unsent",
                conditionExpression: "attribute_exists(unsent)", expressionAttributeNames: ["#ttl": "ttl"]))
    }

    /// Only the pin of this very commit becomes a sale.
    func markSold(_ seat: SeatKey, idem: String) async throws {
        try await ignoringCondition(
            DynamoDB.UpdateItem(
                tableName: table, key: SeatItem.key(seat), updateExpression: "SET #state = :sold",
                conditionExpression: "#state = :pinned AND idem = :idem",
                expressionAttributeNames: ["#state": "state"],
                expressionAttributeValues: [
                    ":sold": .text("sold"), ":pinned": .text("pinned"), ":idem": .text(idem),
                ]))
    }

    // MARK: - Errors

    static let store = "hold store"

    private func ignoringCondition(_ update: DynamoDB.UpdateItem) async throws {
        do {
            _ = try await call(update)
        } catch let error as AWSError where error.conditionItem != nil {
            return
        } catch let error as AWSError {
            throw Self.translated(error)
        }
    }

    private func send<Operation: AWSOperation>(_ operation: Operation) async throws -> Operation.Output {
        do {
            return try await call(operation)
        } catch let error as AWSError {
            throw Self.translated(error)
        }
    }

    private func call<Operation: AWSOperation>(_ operation: Operation) async throws -> Operation.Output {
        guard underWay.add(1, ordering: .relaxed).newValue <= Self.mostCalls else {
            underWay.subtract(1, ordering: .relaxed)
            throw StoreError(.overloaded, store: Self.store, "\(Self.mostCalls) calls are under way already")
        }
        defer { underWay.subtract(1, ordering: .relaxed) }
        return try await client.send(operation, region: region)
    }

    private static func translated(_ error: AWSError) -> StoreError { StoreError(error, store: store) }
}
