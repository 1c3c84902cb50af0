/// Delivery of commits to the worker: at least once, redelivered, in order within a group. (SQS FIFO; SQLite when embedded.)
///
/// Every call throws `StoreError`.
public protocol CommitQueue: Sendable {
    /// Sends a message; calls that run at once share requests. The same message again within five minutes is one.
    func send(_ message: CommitMessage) async throws

    /// Up to `max` messages (1 to 10), waiting up to `wait` for the first. Each is hidden from others for `visibility`;
    /// messages of its group wait until it is deleted or given back.
    func receive(max: Int, wait: Duration, visibility: Duration) async throws -> [ReceivedCommit]

    /// Hides the messages for `visibility` from now (a heartbeat); `.zero` gives them back at once.
    func extend(_ receipts: [CommitReceipt], visibility: Duration) async throws

    /// Done with: deletes. A receipt that has expired is no error: the message comes again.
    func delete(_ receipts: [CommitReceipt]) async throws

    func depth() async throws -> QueueDepth
    func ping() async throws
}

/// The messages that were received too often.
public protocol DeadLetterQueue: Sendable {
    /// Up to `max` messages, hidden from others for `visibility`.
    func receive(max: Int, visibility: Duration) async throws -> [ReceivedCommit]
    /// Gives hidden messages back.
    func release(_ receipts: [CommitReceipt]) async throws
    /// Puts one back on the commit queue and removes it here, in this order: it may be seen twice, never lost.
    func redrive(_ message: ReceivedCommit) async throws
    func delete(_ receipts: [CommitReceipt]) async throws
    func depth() async throws -> QueueDepth
}

/// What names one delivery of one message.
public struct CommitReceipt: Sendable, Hashable {
    public var handle: String
    public var groupID: String

    public init(handle: String, groupID: String) {
        self.handle = handle
        self.groupID = groupID
    }
}

/// A delivered message. Its body is not trusted: `CommitMessage(body:)` decodes it.
public struct ReceivedCommit: Sendable {
    public var receipt: CommitReceipt
    public var body: String
    /// From 1.
    public var receiveCount: Int
    public var sentAt: Timestamp
    public var traceHeader: String?

    public init(receipt: CommitReceipt, body: String, receiveCount: Int, sentAt: Timestamp, traceHeader: String?) {
        self.receipt = receipt
        self.body = body
        self.receiveCount = receiveCount
        self.sentAt = sentAt
        self.traceHeader = traceHeader
    }
}

public struct QueueDepth: Sendable, Equatable {
    public var visible: Int
    public var inFlight: Int
    /// Seconds since the oldest visible message was sent, where the backend tells.
    public var oldestAgeSeconds: Int?

    public init(visible: Int, inFlight: Int, oldestAgeSeconds: Int? = nil) {
        self.visible = visible
        self.inFlight = inFlight
        self.oldestAgeSeconds = oldestAgeSeconds
    }
}
