public import AWSCore
internal import AWSServices
public import Ticketing

/// The commit queue in SQS FIFO. Calls that run at once share requests of up to ten messages: Tokyo takes 9,000 API calls a
/// second and Seoul 2,400.
public final class SQSCommitQueue: CommitQueue {
    private let calls: SQSCalls
    private let sender: Batcher<CommitMessage, Void>

    public init(client: AWSClient, region: String, queueURL: String) {
        let calls = SQSCalls(client: client, region: region, queueURL: queueURL)
        self.calls = calls
        sender = Batcher(
            store: SQSCalls.store,
            // Few at a time, so that a busy process fills its batches: what counts are API calls of all processes.
            limits: .init(batch: SQS.SendMessageBatch.maximumEntries, concurrent: 8, waiting: 20_000)
        ) { messages in
            try await calls.send(
                messages.map {
                    .init(
                        body: $0.body, groupID: $0.groupID, deduplicationID: $0.deduplicationID,
                        traceHeader: $0.traceHeader)
                })
        }
    }

    public func send(_ message: CommitMessage) async throws { try await sender(message) }

    public func receive(max: Int, wait: Duration, visibility: Duration) async throws -> [ReceivedCommit] {
        try await calls.receive(max: max, wait: wait, visibility: visibility)
    }

    public func extend(_ receipts: [CommitReceipt], visibility: Duration) async throws {
        try await calls.extend(receipts, visibility: visibility)
    }

    public func delete(_ receipts: [CommitReceipt]) async throws { try await calls.delete(receipts) }

    public func depth() async throws -> QueueDepth { try await calls.depth() }

    public func ping() async throws { _ = try await calls.depth() }
}
