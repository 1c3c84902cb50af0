import AWSCore
import AWSServices
import Foundation

@testable import TicketStores

extension AWSEmulator {
    /// A new hold store's table, as step 03 of the stack makes it.
    func makeTable() async throws -> String {
        let name = "seats-\(UUID().uuidString)"
        let client = client()
        _ = try await client.send(
            DynamoDB.CreateTable(
                tableName: name,
                attributeDefinitions: [
                    .init(attributeName: "pk", attributeType: "S"), .init(attributeName: "sk", attributeType: "S"),
                    .init(attributeName: "unsent", attributeType: "S"),
                    .init(attributeName: "createdAt", attributeType: "N"),
                ],
                keySchema: [
                    .init(attributeName: "pk", keyType: "HASH"), .init(attributeName: "sk", keyType: "RANGE"),
                ],
                globalSecondaryIndexes: [
                    .init(
                        indexName: "unsent",
                        keySchema: [
                            .init(attributeName: "unsent", keyType: "HASH"),
                            .init(attributeName: "createdAt", keyType: "RANGE"),
                        ], projection: .init(projectionType: "KEYS_ONLY"))
                ],
                billingMode: "PAY_PER_REQUEST", deletionProtectionEnabled: false, tags: []),
            region: Self.region)
        _ = try await client.send(
            DynamoDB.UpdateTimeToLive(tableName: name, attributeName: "ttl", enabled: true), region: Self.region)
        return name
    }

    func holdStore(_ log: CallLog? = nil, retry: RetryPolicy = .soon, table: String? = nil) async throws
        -> DynamoDBHoldStore
    {
        let name = if let table { table } else { try await makeTable() }
        return DynamoDBHoldStore(client: client(log, retry: retry), region: Self.region, table: name)
    }

    /// A new commit queue whose dead letters go, after five receives, to another new queue: as step 03 makes them.
    func makeQueue(retry: RetryPolicy = .soon) async throws -> (queue: SQSCommitQueue, deadLetters: SQSDeadLetterQueue)
    {
        let client = client(retry: retry)
        let name = "q-\(UUID().uuidString)"
        let attributes = ["FifoQueue": "true", "VisibilityTimeout": "60"]
        let dead = try await client.send(
            SQS.CreateQueue(queueName: "\(name)-dead.fifo", attributes: attributes, tags: [:]), region: Self.region)
        let arn = try await client.send(
            SQS.GetQueueAttributes(queueUrl: dead.queueUrl, attributeNames: ["QueueArn"]), region: Self.region
        ).attributes["QueueArn"]
        let redrive = #"{"deadLetterTargetArn":"\#(arn ?? "")","maxReceiveCount":5}"#
        let url = try await client.send(
            SQS.CreateQueue(
                queueName: "\(name).fifo", attributes: attributes.merging(["RedrivePolicy": redrive]) { $1 }, tags: [:]),
            region: Self.region
        ).queueUrl
        return (
            SQSCommitQueue(client: client, region: Self.region, queueURL: url),
            SQSDeadLetterQueue(client: client, region: Self.region, queueURL: url)
        )
    }
}
