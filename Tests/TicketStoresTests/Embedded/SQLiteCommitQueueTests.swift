import Synchronization
import Testing
import Ticketing

@testable import TicketStores

@Suite struct SQLiteCommitQueueTests {
    let folder = EmbeddedFolder()
    let sample = ConformanceSample()

    /// A clock that tests move.
    final class Hand: Sendable {
        private let time: Mutex<Timestamp>
        init(_ start: Timestamp) { time = Mutex(start) }
        func move(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
        var now: Timestamp { time.withLock { $0 } }
    }

    private func message(_ name: String) -> CommitMessage {
        CommitMessage(idem: sample.idem(name), order: sample.order("alice", sample.seats(1)))
    }

    @Test func duplicateIsOneForFiveMinutesAndNoLonger() async throws {
        let hand = Hand(sample.start)
        let queue = SQLiteCommitQueue(try folder.open(), now: { hand.now })
        try await queue.send(message("message"))
        hand.move(.milliseconds(299_999))
        try await queue.send(message("message"))
        #expect(try await queue.depth() == QueueDepth(visible: 1, inFlight: 0, oldestAgeSeconds: 299))
        hand.move(.milliseconds(1))
        try await queue.send(message("message"))
        #expect(try await queue.depth().visible == 2)
    }

    @Test func visibilityEndsAtItsInstant() async throws {
        let hand = Hand(sample.start)
        let queue = SQLiteCommitQueue(try folder.open(), now: { hand.now })
        try await queue.send(message("message"))
        func receive() async throws -> [ReceivedCommit] {
            try await queue.receive(max: 10, wait: .zero, visibility: .seconds(30))
        }
        let first = try await receive()
        #expect(first.count == 1)
        hand.move(.milliseconds(29_999))
        #expect(try await receive().isEmpty)
        try await queue.extend(first.map(\.receipt), visibility: .seconds(30))
        hand.move(.milliseconds(1))
        #expect(try await receive().isEmpty, "hidden for 30 seconds more")
        hand.move(.milliseconds(29_999))
        let second = try await receive()
        #expect(second.map(\.receiveCount) == [2])
        try await queue.delete(first.map(\.receipt))
        #expect(try await queue.depth().inFlight == 1, "an expired receipt deletes nothing")
        hand.move(.seconds(30))
        try await queue.delete(second.map(\.receipt))
        #expect(try await queue.depth().visible == 1, "nor does one that has just expired")
    }

    @Test func deduplicationsDoNotGrow() async throws {
        let hand = Hand(sample.start)
        let database = try folder.open()
        let queue = SQLiteCommitQueue(database, now: { hand.now })
        for number in 0..<50 {
            try await queue.send(message("message-\(number)"))
            hand.move(.seconds(30))
        }
        let kept = try await database.read("test") { try $0.int("SELECT count(*) FROM deduplications") }
        #expect(kept == 10, "five minutes' worth")
    }

    @Test func messageOfAnotherProcessIsFound() async throws {
        let (ours, theirs) = (SQLiteCommitQueue(try folder.open()), SQLiteCommitQueue(try folder.open()))
        async let waiting = ours.receive(max: 10, wait: .seconds(60), visibility: .seconds(60))
        try await theirs.send(message("message"))
        #expect(try await waiting.map(\.body) == [message("message").body])
    }

    @Test func cancelledWaitEndsAtOnce() async throws {
        let queue = SQLiteCommitQueue(try folder.open())
        let waiting = Task { try await queue.receive(max: 10, wait: .seconds(3_600), visibility: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(200))
        waiting.cancel()
        #expect(try await waiting.value.isEmpty)
    }

    @Test func nonsenseReceiptsAreIgnored() async throws {
        let queue = SQLiteCommitQueue(try folder.open())
        try await queue.send(message("message"))
        let received = try await queue.receive(max: 1, wait: .zero, visibility: .seconds(60))
        let nonsense = ["", ".", "1", "1.1.1", "-1.1", "99999999999999999999.1", "x.y"].map {
            CommitReceipt(handle: $0, groupID: "g-1")
        }
        try await queue.delete(nonsense)
        try await queue.extend(nonsense, visibility: .zero)
        #expect(try await queue.depth() == QueueDepth(visible: 0, inFlight: 1))
        try await queue.delete(received.map(\.receipt))
        #expect(try await queue.depth() == QueueDepth(visible: 0, inFlight: 0))
    }
}
