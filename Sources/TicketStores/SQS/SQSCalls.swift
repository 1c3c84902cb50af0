internal import AWSCore
internal import AWSServices
internal import Foundation
internal import Ticketing

/// The calls to one queue, with their errors as the port words them.
struct SQSCalls: Sendable {
    static let store = "commit queue"

    let client: AWSClient
    let region: String
    let queueURL: String

    struct Outgoing: Sendable {
        var body: String
        var groupID: String
        var deduplicationID: String
        var traceHeader: String?
    }

    /// Up to ten messages, each succeeding or failing by itself.
    func send(_ messages: [Outgoing]) async throws -> [Result<Void, any Error>] {
        let output = try await call(
            SQS.SendMessageBatch(
                queueUrl: queueURL,
                entries: messages.enumerated().map { index, message in
                    .init(
                        id: String(index), messageBody: message.body, messageGroupId: message.groupID,
                        messageDeduplicationId: message.deduplicationID,
                        // SQS refuses the message with another one, and it would never be sent.
                        traceHeader: message.traceHeader.flatMap { Self.isTraceHeader($0) ? $0 : nil })
                }))
        var results = messages.map { _ in
            Result<Void, any Error>.failure(StoreError(.invalid, store: Self.store, "the queue forgot a message"))
        }
        for success in output.successful {
            if let index = Int(success.id), results.indices.contains(index) { results[index] = .success(()) }
        }
        for failure in output.failed {
            guard let index = Int(failure.id), results.indices.contains(index) else { continue }
            results[index] = .failure(
                StoreError(failure.senderFault ? .invalid : .unavailable, store: Self.store, failure.code))
        }
        return results
    }

    func receive(max: Int, wait: Duration, visibility: Duration) async throws -> [ReceivedCommit] {
        // An id of the attempt gives back what a lost answer took away.
        let output = try await call(
            SQS.ReceiveMessage(
                queueUrl: queueURL, maxNumberOfMessages: Swift.max(1, min(10, max)),
                visibilityTimeout: Self.seconds(visibility), waitTimeSeconds: min(20, Self.seconds(wait)),
                receiveRequestAttemptId: UUID().uuidString))
        return output.messages.map { message in
            ReceivedCommit(
                receipt: CommitReceipt(handle: message.receiptHandle, groupID: message.messageGroupId ?? ""),
                body: message.body, receiveCount: message.approximateReceiveCount ?? 1,
                sentAt: Timestamp(milliseconds: message.sentTimestamp ?? 0), traceHeader: message.traceHeader)
        }
    }

    func extend(_ receipts: [CommitReceipt], visibility: Duration) async throws {
        try await inTens(receipts) { tens in
            try await call(
                SQS.ChangeMessageVisibilityBatch(
                    queueUrl: queueURL,
                    entries: tens.enumerated().map {
                        .init(
                            id: String($0), receiptHandle: $1.handle, visibilityTimeout: Self.seconds(visibility))
                    })
            ).failed
        }
    }

    func delete(_ receipts: [CommitReceipt]) async throws {
        try await inTens(receipts) { tens in
            try await call(
                SQS.DeleteMessageBatch(
                    queueUrl: queueURL,
                    entries: tens.enumerated().map { .init(id: String($0), receiptHandle: $1.handle) })
            ).failed
        }
    }

    func depth() async throws -> QueueDepth {
        let attributes = try await attributes([
            "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
        ])
        return QueueDepth(
            visible: attributes["ApproximateNumberOfMessages"].flatMap { Int($0) } ?? 0,
            inFlight: attributes["ApproximateNumberOfMessagesNotVisible"].flatMap { Int($0) } ?? 0)
    }

    func attributes(_ names: [String]) async throws -> [String: String] {
        try await call(SQS.GetQueueAttributes(queueUrl: queueURL, attributeNames: names)).attributes
    }

    /// All of them are tried; then the first failure is thrown. A receipt that is over (the sender's fault, in SQS's
    /// words) is none: the message comes again.
    private func inTens(
        _ receipts: [CommitReceipt], _ call: ([CommitReceipt]) async throws -> [SQS.BatchFailure]
    ) async throws {
        var failure: (any Error)?
        for start in stride(from: 0, to: receipts.count, by: 10) {
            do {
                let failed = try await call(Array(receipts[start..<min(start + 10, receipts.count)]))
                guard let refused = failed.first(where: { !$0.senderFault }) else { continue }
                failure = failure ?? StoreError(.unavailable, store: Self.store, refused.code)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func call<Operation: AWSOperation>(_ operation: Operation) async throws -> Operation.Output {
        do {
            return try await client.send(operation, region: region)
        } catch let error as AWSError {
            throw StoreError(error, store: Self.store)
        }
    }

    /// Whole seconds, rounded up, as far as SQS goes: twelve hours.
    private static func seconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(Swift.max(0, min(43_200, seconds + (attoseconds > 0 ? 1 : 0))))
    }

    /// "Root=1-<8 hex>-<24 hex>", alone or before ";"
    /// (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
    private static func isTraceHeader(_ text: String) -> Bool {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        let root = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPlain && text.utf8.count <= 256 && parts.dropFirst().allSatisfy { $0.contains("=") }
            && root.count == 3 && root[0] == "Root=1" && root[1].utf8.count == 8 && root[2].utf8.count == 24
            && (root[1] + root[2]).allSatisfy(\.isHexDigit)
    }
}
