public import AWSCore
import AWSServices
public import Foundation
public import Provisioning

/// The locks of an account's stacks: one item a stack in the table `tickctl-lock` of the primary region.
///
/// | attribute | |
/// |---|---|
/// | `stack` | the key |
/// | `generation` | raised by every acquiring, never taken away |
/// | `lease` | the lease as JSON; `nonce` and `until` of it stand apart, for the conditions; all three are absent while nobody holds the lock |
/// | `nonce` | names the holder |
/// | `until` | epoch milliseconds; it moves, so it is true where `lease` says otherwise |
public struct DynamoDBLock: LeaseStore {
    private let client: AWSClient
    private let region: String
    private let table = DynamoDBTable.runLock

    /// - Parameter region: the primary one.
    public init(client: AWSClient, region: String) {
        self.client = client
        self.region = region
    }

    public func read(stack: String) async throws -> (generation: Int, lease: Lease?) {
        do {
            let answer = try await client.send(
                DynamoDB.GetItem(tableName: table.name, key: ["stack": .text(stack)]), region: region)
            return (Self.generation(answer.item), try Self.lease(answer.item))
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            return (0, nil)
        }
    }

    /// Makes the table first when the account has none.
    public func acquire(stack: String, _ lease: Lease, now: Date, taking: String?) async throws -> LeaseOutcome {
        var isFree = "attribute_not_exists(#nonce) OR #until < :now"
        var values: [String: DynamoDB.AttributeValue] = [
            ":lease": .text(String(decoding: try JSONEncoder().encode(lease), as: UTF8.self)),
            ":nonce": .text(lease.nonce), ":until": Self.milliseconds(lease.until), ":now": Self.milliseconds(now),
            ":one": .number(1),
        ]
        if let taking {
            isFree += " OR #nonce = :taking"
            values[":taking"] = .text(taking)
        }
        let update = DynamoDB.UpdateItem(
            tableName: table.name, key: ["stack": .text(stack)],
            updateExpression: "SET #lease = :lease, #nonce = :nonce, #until = :until ADD #generation :one",
            conditionExpression: isFree,
            expressionAttributeNames: Self.names("lease", "nonce", "until", "generation"),
            expressionAttributeValues: values, returnValues: "ALL_NEW")
        // Three times at the most: the table may have to be made, and the lock be let go between a call and the look.
        var attempt = 0
        while true {
            attempt += 1
            do {
                let answer = try await client.send(update, region: region)
                return .acquired(generation: Self.generation(answer.attributes))
            } catch let error as AWSError where error.code == "ResourceNotFoundException" && attempt == 1 {
                try await makeTable(for: stack)
            } catch let error as AWSError where error.code == "ConditionalCheckFailedException" {
                let (generation, holder) = try await read(stack: stack)
                // The answer to this very call was lost, and the client's repetition met its own lease.
                if let holder, holder.nonce == lease.nonce { return .acquired(generation: generation) }
                if let holder { return .held(holder) }
                if attempt > 2 { throw error }
            }
        }
    }

    public func renew(stack: String, nonce: String, until: Date) async throws -> Bool {
        try await change(
            stack, heldBy: nonce, "SET #until = :until", naming: ["until"], [":until": Self.milliseconds(until)])
    }

    public func release(stack: String, nonce: String) async throws {
        _ = try await change(stack, heldBy: nonce, "REMOVE #lease, #nonce, #until", naming: ["lease", "until"], [:])
    }

    /// False when the lock is not held by `nonce`.
    private func change(
        _ stack: String, heldBy nonce: String, _ expression: String, naming names: [String],
        _ values: [String: DynamoDB.AttributeValue]
    ) async throws -> Bool {
        do {
            _ = try await client.send(
                DynamoDB.UpdateItem(
                    tableName: table.name, key: ["stack": .text(stack)], updateExpression: expression,
                    conditionExpression: "#nonce = :mine",
                    expressionAttributeNames: Self.names("nonce").merging(names.map { ("#\($0)", $0) }) { $1 },
                    expressionAttributeValues: values.merging([":mine": .text(nonce)]) { $1 }), region: region)
            return true
        } catch let error as AWSError where error.code == "ConditionalCheckFailedException" {
            return false
        }
    }

    private func makeTable(for stack: String) async throws {
        try await createTable(for: stack)
        let isActive: Bool? = try await WaitPolicy(deadline: .seconds(120)).wait(time: client.configuration.time) {
            let status = try await tableStatus()
            // The call did not happen, or is not visible everywhere yet: repeating it is right in both cases.
            if status == nil { try await createTable(for: stack) }
            return status == "ACTIVE" ? true : nil
        }
        guard isActive == true else {
            throw ProvisioningError(
                .timedOut, "the table \(table.name) in \(region) did not become active within 120 s",
                next: "look at it in the DynamoDB console, then run the command again")
        }
    }

    private func createTable(for stack: String) async throws {
        let tags = IdentityTags(
            stack: stack, step: "03-dataplane", id: DynamoDBTable.runLockID, name: "\(stack)-\(DynamoDBTable.runLockID)"
        )
        do {
            _ = try await client.send(table.creation(tags: tags.all), region: region)
        } catch let error as AWSError where error.code == "ResourceInUseException" || error.isAnswerLost {
            // Another run makes it at this moment, or this call may have happened.
        }
    }

    private func tableStatus() async throws -> String? {
        do {
            return try await client.send(DynamoDB.DescribeTable(tableName: table.name), region: region).table
                .tableStatus
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            return nil
        }
    }

    private static func names(_ names: String...) -> [String: String] {
        Dictionary(uniqueKeysWithValues: names.map { ("#\($0)", $0) })
    }

    private static func milliseconds(_ date: Date) -> DynamoDB.AttributeValue {
        .number(Int((date.timeIntervalSince1970 * 1000).rounded()))
    }

    private static func generation(_ item: [String: DynamoDB.AttributeValue]) -> Int {
        item["generation"]?.n.flatMap { Int($0) } ?? 0
    }

    private static func lease(_ item: [String: DynamoDB.AttributeValue]) throws -> Lease? {
        guard item["nonce"] != nil, let json = item["lease"]?.s else { return nil }
        var lease = try JSONDecoder().decode(Lease.self, from: Data(json.utf8))
        if let until = item["until"]?.n.flatMap({ Double($0) }) {
            lease.until = Date(timeIntervalSince1970: until / 1000)
        }
        return lease
    }
}

extension DynamoDBTable {
    /// The table of the run locks, one an account: nothing in it outlives a run.
    public static let runLock = DynamoDBTable(
        name: "tickctl-lock", partitionKey: Attribute("stack", .text), pointInTimeRecovery: false,
        deletionProtection: false, isShared: true)
    static let runLockID = "table-lock"
}
