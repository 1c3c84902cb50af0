import Testing
import Ticketing

/// The promises of `DeadLetterQueue` and of the queue before it. Each case needs both empty.
enum DeadLetterConformance {
    enum Case: String, CaseIterable, Sendable {
        case fiveReceivesAreEnough, poisonDelaysNobody, releasedAreSeenAgain, redrivenAreDeliveredAgain
        case redrivingTwiceLosesNothing, deletedAreGone
    }

    /// - Parameter queue: gives a message up after five receives.
    static func run(_ promise: Case, on queue: any CommitQueue, deadLetters: any DeadLetterQueue) async throws {
        let run = Run(
            source: CommitQueueConformance.Run(queue: queue), queue: queue, deadLetters: deadLetters)
        switch promise {
        case .fiveReceivesAreEnough: try await run.fiveReceivesAreEnough()
        case .poisonDelaysNobody: try await run.poisonDelaysNobody()
        case .releasedAreSeenAgain: try await run.releasedAreSeenAgain()
        case .redrivenAreDeliveredAgain: try await run.redrivenAreDeliveredAgain()
        case .redrivingTwiceLosesNothing: try await run.redrivingTwiceLosesNothing()
        case .deletedAreGone: try await run.deletedAreGone()
        }
    }

    struct Run: Sendable {
        let source: CommitQueueConformance.Run
        let queue: any CommitQueue
        let deadLetters: any DeadLetterQueue

        func dead() async throws -> ReceivedCommit {
            try await eventually("a dead letter arrives") {
                // A queue moves a message when it would be received once more.
                let unexpected = try await queue.receive(max: 1, wait: .zero, visibility: .seconds(3_600))
                #expect(unexpected.map(\.body) == [])
                return try await deadLetters.receive(max: 10, visibility: .seconds(3_600)).first
            }
        }

        /// Hidden letters count too.
        func nothingIsLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
            _ = try await eventually("no dead letter is left", sourceLocation: sourceLocation) {
                let depth = try await deadLetters.depth()
                return depth.visible + depth.inFlight == 0 ? true : nil
            }
        }

        func exhaust(_ message: CommitMessage) async throws {
            for count in 1...5 {
                let received = try await source.next(visibility: .seconds(3_600))
                #expect(received.body == message.body)
                #expect(received.receiveCount == count)
                try await queue.extend([received.receipt], visibility: .zero)
            }
        }

        func fiveReceivesAreEnough() async throws {
            let message = source.message("poison")
            try await queue.send(message)
            try await exhaust(message)
            let letter = try await dead()
            #expect(Array(letter.body.utf8) == Array(message.body.utf8))
            #expect(letter.receipt.groupID == message.groupID)
            #expect(try await deadLetters.receive(max: 10, visibility: .seconds(1)).isEmpty, "it is hidden")
        }

        func poisonDelaysNobody() async throws {
            let messages = source.messagesOfOneGroup(2)
            for message in messages { try await queue.send(message) }
            try await exhaust(messages[0])
            let next = try await source.next(visibility: .seconds(3_600), "its group goes on")
            #expect(next.body == messages[1].body)
            #expect(try await dead().body == messages[0].body)
        }

        func releasedAreSeenAgain() async throws {
            let message = source.message("poison")
            try await queue.send(message)
            try await exhaust(message)
            let letter = try await dead()
            try await deadLetters.release([letter.receipt])
            #expect(try await dead().body == letter.body)
            _ = try await eventually("one dead letter") {
                let depth = try await deadLetters.depth()
                return depth.visible + depth.inFlight == 1 ? true : nil
            }
        }

        func redrivenAreDeliveredAgain() async throws {
            let message = source.message("poison")
            try await queue.send(message)
            try await exhaust(message)
            try await deadLetters.redrive(try await dead())
            let received = try await source.next()
            #expect(received.body == message.body)
            #expect(received.receiveCount == 1)
            try await queue.delete([received.receipt])
            try await nothingIsLeft()
        }

        func redrivingTwiceLosesNothing() async throws {
            let message = source.message("poison")
            try await queue.send(message)
            try await exhaust(message)
            let letter = try await dead()
            try await deadLetters.redrive(letter)
            try await deadLetters.redrive(letter)
            let received = try await source.next()
            #expect(received.body == message.body)
            try await queue.delete([received.receipt])
        }

        func deletedAreGone() async throws {
            let message = source.message("poison")
            try await queue.send(message)
            try await exhaust(message)
            let letter = try await dead()
            try await deadLetters.delete([letter.receipt])
            try await nothingIsLeft()
        }
    }
}
