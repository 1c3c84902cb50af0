public import AWSCore
internal import AWSServices
internal import Foundation
internal import OpenSSLCrypto
internal import Synchronization
public import Ticketing

/// The dead letters of an SQS FIFO queue, found by the queue's redrive policy.
public final class SQSDeadLetterQueue: DeadLetterQueue {
    private let client: AWSClient
    private let region: String
    private let source: SQSCalls
    private let found = Mutex<SQSCalls?>(nil)

    /// - Parameter queueURL: of the queue whose dead letters these are.
    public init(client: AWSClient, region: String, queueURL: String) {
        self.client = client
        self.region = region
        source = SQSCalls(client: client, region: region, queueURL: queueURL)
    }

    public func receive(max: Int, visibility: Duration) async throws -> [ReceivedCommit] {
        try await letters().receive(max: max, wait: .zero, visibility: visibility)
    }

    public func release(_ receipts: [CommitReceipt]) async throws {
        try await letters().extend(receipts, visibility: .zero)
    }

    public func redrive(_ message: ReceivedCommit) async throws {
        // Another deduplication id than the first time's: the queue would swallow the message for five minutes. The
        // same receipt redriven twice is one message.
        let id = SHA256.hex(message.body + "\n" + message.receipt.handle)
        for result in try await source.send([
            .init(
                body: message.body, groupID: message.receipt.groupID, deduplicationID: id,
                traceHeader: message.traceHeader)
        ]) { try result.get() }
        try await letters().delete([message.receipt])
    }

    public func delete(_ receipts: [CommitReceipt]) async throws { try await letters().delete(receipts) }

    public func depth() async throws -> QueueDepth { try await letters().depth() }

    private func letters() async throws -> SQSCalls {
        if let known = found.withLock({ $0 }) { return known }
        struct Policy: Decodable { var deadLetterTargetArn: String }
        let text = try await source.attributes(["RedrivePolicy"])["RedrivePolicy"] ?? ""
        guard let policy = try? JSONDecoder().decode(Policy.self, from: Data(text.utf8)),
            let name = policy.deadLetterTargetArn.split(separator: ":").last
        else {
            throw StoreError(.invalid, store: SQSCalls.store, "the queue has no dead-letter queue")
        }
        do {
            let url = try await client.send(SQS.GetQueueUrl(queueName: String(name)), region: region).queueUrl
            let calls = SQSCalls(client: client, region: region, queueURL: url)
            found.withLock { $0 = calls }
            return calls
        } catch let error as AWSError {
            throw StoreError(error, store: SQSCalls.store)
        }
    }
}
