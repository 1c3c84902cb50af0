internal import Foundation
internal import OpenSSLCrypto
public import Ticketing

/// A message that the worker gave up, with a name that stays the same however often it is looked at.
public struct DeadLetter: Sendable {
    public var received: ReceivedCommit
    /// 12 hex digits of its group, its time and its body. (A queue's own receipts change with every look.)
    public var id: String

    public init(_ received: ReceivedCommit) {
        self.received = received
        let text = "\(received.receipt.groupID)\n\(received.sentAt.milliseconds)\n\(received.body)"
        id = String(SHA256.hex(text).prefix(12))
    }

    /// Its purchase.
    /// - Throws: `MessageError`: the worker cannot read it.
    public func message() throws(MessageError) -> CommitMessage {
        try CommitMessage(body: received.body, traceHeader: received.traceHeader)
    }

    private struct Line: Encodable {
        var id: String
        var group: String
        var sentAt: String
        var receives: Int
        var trace: String?
        var body: String
        var purgedBecause: String?
    }

    /// Everything there is of it, as one line of JSON.
    public func json(purgedBecause reason: String? = nil) -> String {
        jsonText(
            Line(
                id: id, group: received.receipt.groupID, sentAt: received.sentAt.iso8601,
                receives: received.receiveCount, trace: received.traceHeader, body: received.body,
                purgedBecause: reason))
    }
}
