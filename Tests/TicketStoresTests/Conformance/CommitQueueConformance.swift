import Testing
import Ticketing

/// The promises of `CommitQueue`, asserted of any queue. Each case needs a queue that is empty; real time passes, a
/// quarter of a minute in the longest.
enum CommitQueueConformance {
    enum Case: String, CaseIterable, Sendable {
        case deliversWhatWasSent, bodiesAreKeptToTheByte, groupsKeepTheirOrder, groupInFlightIsBlocked
        case comesAgainAfterItsVisibility, givenBackComesAtOnce, heartbeatHides, deletedNeverComesAgain
        case expiredReceiptDeletesNothing, duplicatesAreOne, manyAreDeliveredOnceEach, waitingIsWokenBySending
        case emptyQueueGivesNothing, depthCounts, pingAnswers
    }

    static func run(_ promise: Case, on queue: any CommitQueue) async throws {
        let run = Run(queue: queue)
        switch promise {
        case .deliversWhatWasSent: try await run.deliversWhatWasSent()
        case .bodiesAreKeptToTheByte: try await run.bodiesAreKeptToTheByte()
        case .groupsKeepTheirOrder: try await run.groupsKeepTheirOrder()
        case .groupInFlightIsBlocked: try await run.groupInFlightIsBlocked()
        case .comesAgainAfterItsVisibility: try await run.comesAgainAfterItsVisibility()
        case .givenBackComesAtOnce: try await run.givenBackComesAtOnce()
        case .heartbeatHides: try await run.heartbeatHides()
        case .deletedNeverComesAgain: try await run.deletedNeverComesAgain()
        case .expiredReceiptDeletesNothing: try await run.expiredReceiptDeletesNothing()
        case .duplicatesAreOne: try await run.duplicatesAreOne()
        case .manyAreDeliveredOnceEach: try await run.manyAreDeliveredOnceEach()
        case .waitingIsWokenBySending: try await run.waitingIsWokenBySending()
        case .emptyQueueGivesNothing: try await run.emptyQueueGivesNothing()
        case .depthCounts: try await run.depthCounts()
        case .pingAnswers: try await queue.ping()
        }
    }

    struct Run: Sendable {
        let queue: any CommitQueue
        let sample = ConformanceSample()

        func message(_ name: String) -> CommitMessage {
            let user = sample.user("alice")
            return CommitMessage(idem: sample.idem(name), order: sample.order(user, sample.seats(1, 2)))
        }

        /// `count` different messages of one group.
        func messagesOfOneGroup(_ count: Int) -> [CommitMessage] {
            let group = message("message-0").groupID
            var found: [CommitMessage] = []
            var number = 0
            while found.count < count {
                let next = message("message-\(number)")
                if next.groupID == group { found.append(next) }
                number += 1
            }
            return found
        }

        /// A message of another group than `other`.
        func message(notOfGroup other: String) -> CommitMessage {
            let candidates = (0...).lazy.map { message("elsewhere-\($0)") }
            return candidates.first { $0.groupID != other } ?? message("elsewhere")
        }

        /// The next message there is, waited for.
        func next(visibility: Duration = .seconds(3_600), _ comment: Comment = "a message comes") async throws
            -> ReceivedCommit
        {
            try await eventually(comment) {
                try await queue.receive(max: 1, wait: .seconds(1), visibility: visibility).first
            }
        }

        /// Real queues count approximately: they agree in the end.
        func depthBecomes(
            visible: Int, inFlight: Int, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let comment: Comment = "\(visible) visible, \(inFlight) in flight"
            _ = try await eventually(comment, sourceLocation: sourceLocation) {
                let depth = try await queue.depth()
                return depth.visible == visible && depth.inFlight == inFlight ? true : nil
            }
        }

        func nothingComes(_ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let messages = try await queue.receive(max: 10, wait: .seconds(1), visibility: .seconds(60))
            #expect(messages.map(\.body) == [], comment, sourceLocation: sourceLocation)
        }
    }
}

extension CommitQueueConformance.Run {
    func deliversWhatWasSent() async throws {
        var message = message("message")
        message.traceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        try await queue.send(message)
        let received = try await next()
        #expect(try CommitMessage(body: received.body, traceHeader: received.traceHeader) == message)
        #expect(received.receipt.groupID == message.groupID)
        #expect(received.receiveCount == 1)
        #expect(abs((Timestamp.now() - received.sentAt) / .seconds(1)) < 3_600, "sent just now: \(received.sentAt)")
        try await queue.delete([received.receipt])
    }

    func bodiesAreKeptToTheByte() async throws {
        let user = sample.user("Zoë 'ユーザー' \"<&>\" \\ 🎫\u{0301}\u{2028}\t\n")
        let message = CommitMessage(idem: sample.idem("key-!~"), order: sample.order(user, sample.seats(1)))
        try await queue.send(message)
        let received = try await next()
        #expect(Array(received.body.utf8) == Array(message.body.utf8))
        #expect(try CommitMessage(body: received.body) == message)
        #expect(received.traceHeader == nil)
        try await queue.delete([received.receipt])
    }

    func groupsKeepTheirOrder() async throws {
        let messages = messagesOfOneGroup(4)
        for message in messages { try await queue.send(message) }
        var seen: [String] = []
        while seen.count < messages.count {
            let batch = try await eventually("more of the group comes") {
                let batch = try await queue.receive(max: 10, wait: .seconds(1), visibility: .seconds(60))
                return batch.isEmpty ? nil : batch
            }
            seen += batch.map(\.body)
            try await queue.delete(batch.map(\.receipt))
        }
        #expect(seen == messages.map(\.body))
    }

    func groupInFlightIsBlocked() async throws {
        let messages = messagesOfOneGroup(2)
        for message in messages { try await queue.send(message) }
        let first = try await next()
        #expect(first.body == messages[0].body)
        try await nothingComes("the group waits")

        let other = message(notOfGroup: messages[0].groupID)
        try await queue.send(other)
        let elsewhere = try await next(visibility: .seconds(3_600), "another group does not wait")
        #expect(elsewhere.body == other.body)

        // Given back, the first comes before the second.
        try await queue.extend([first.receipt], visibility: .zero)
        let again = try await next()
        #expect(again.body == messages[0].body)
        try await queue.delete([again.receipt])
        let second = try await next()
        #expect(second.body == messages[1].body)
        try await queue.delete([second.receipt, elsewhere.receipt])
    }

    func comesAgainAfterItsVisibility() async throws {
        try await queue.send(message("message"))
        let first = try await next(visibility: .seconds(1))
        let second = try await next()
        #expect(second.body == first.body)
        #expect((first.receiveCount, second.receiveCount) == (1, 2))
        #expect(second.receipt.handle != first.receipt.handle)
        try await queue.delete([second.receipt])
    }

    func givenBackComesAtOnce() async throws {
        try await queue.send(message("message"))
        // Far beyond what `eventually` waits.
        let first = try await next(visibility: .seconds(3_600))
        try await queue.extend([first.receipt], visibility: .zero)
        let second = try await next(visibility: .seconds(3_600), "it comes long before its visibility ends")
        #expect(second.receiveCount == 2)
        try await queue.delete([second.receipt])
    }

    func heartbeatHides() async throws {
        try await queue.send(message("message"))
        // A machine so busy that it comes too late to the heartbeat tries once more.
        let received = try await eventually("a heartbeat in time") {
            let received = try await next(visibility: .seconds(15))
            let begin = ContinuousClock.now
            try await queue.extend([received.receipt], visibility: .seconds(3_600))
            if ContinuousClock.now - begin < .seconds(10) { return received }
            try await queue.extend([received.receipt], visibility: .zero)
            return nil
        }
        try await Task.sleep(for: .seconds(16))
        try await nothingComes("it is hidden for an hour by now")
        try await queue.extend([received.receipt], visibility: .zero)
        try await queue.delete([try await next().receipt])
    }

    func deletedNeverComesAgain() async throws {
        try await queue.send(message("message"))
        let received = try await next()
        try await queue.delete([received.receipt])
        try await queue.delete([received.receipt])
        try await nothingComes("it was deleted")
        try await depthBecomes(visible: 0, inFlight: 0)
        try await queue.delete([])
        try await queue.extend([], visibility: .seconds(1))
    }

    func expiredReceiptDeletesNothing() async throws {
        try await queue.send(message("message"))
        let first = try await next(visibility: .seconds(1))
        let second = try await next(visibility: .seconds(3_600))
        try await queue.delete([first.receipt])
        try await queue.extend([first.receipt], visibility: .zero)
        try await nothingComes("the old receipt gives nothing back")
        try await queue.extend([second.receipt], visibility: .zero)
        let third = try await next(visibility: .seconds(3_600), "it was not deleted")
        try await queue.delete([third.receipt])
    }

    func duplicatesAreOne() async throws {
        let message = message("message")
        _ = try await atOnce(8) { _ in try await queue.send(message) }
        let received = try await next()
        try await nothingComes("its duplicates are the same message")
        try await queue.delete([received.receipt])
        try await queue.send(message)
        try await nothingComes("not even after it was deleted, within five minutes")
    }

    func manyAreDeliveredOnceEach() async throws {
        let messages = (0..<60).map { message("message-\($0)") }
        _ = try await atOnce(messages.count) { try await queue.send(messages[$0]) }
        let received = try await atOnce(4) { _ in
            var mine: [ReceivedCommit] = []
            var misses = 0
            while misses < 3 {
                let batch = try await queue.receive(max: 10, wait: .seconds(1), visibility: .seconds(600))
                #expect(batch.count <= 10)
                misses = batch.isEmpty ? misses + 1 : 0
                mine += batch
                try await queue.delete(batch.map(\.receipt))
            }
            return mine
        }
        let bodies = received.flatMap { $0 }.map(\.body)
        #expect(bodies.count == messages.count)
        #expect(Set(bodies) == Set(messages.map(\.body)))
    }

    func waitingIsWokenBySending() async throws {
        // A machine so busy that it sends too late tries once more.
        for attempt in 0..<5 {
            let message = message("message-\(attempt)")
            let begin = ContinuousClock.now
            async let waiting = queue.receive(max: 1, wait: .seconds(20), visibility: .seconds(3_600))
            try await Task.sleep(for: .milliseconds(300))
            try await queue.send(message)
            let isInTime = ContinuousClock.now - begin < .seconds(15)
            var received = try await waiting
            guard isInTime || !received.isEmpty else {
                received = [try await next()]
                try await queue.delete(received.map(\.receipt))
                continue
            }
            #expect(received.map(\.body) == [message.body])
            return try await queue.delete(received.map(\.receipt))
        }
        Issue.record("to send took more than 15 s, five times")
    }

    func emptyQueueGivesNothing() async throws {
        try await nothingComes("nothing was sent")
        #expect(try await queue.receive(max: 10, wait: .zero, visibility: .seconds(1)).isEmpty)
    }

    func depthCounts() async throws {
        for number in 0..<3 { try await queue.send(message("message-\(number)")) }
        try await depthBecomes(visible: 3, inFlight: 0)
        let received = try await next()
        try await depthBecomes(visible: 2, inFlight: 1)
        try await queue.delete([received.receipt])
        try await depthBecomes(visible: 2, inFlight: 0)
    }
}
