import Synchronization
import TestSupport
import Testing
import Ticketing

@testable import TicketStores

extension StormyTests {
    /// What the commit queue makes of a service that fails.
    @Suite struct SQSWeatherTests {
        private let emulator: AWSEmulator

        init() throws { emulator = try AWSEmulator.stormy.get() }

        private func run() async throws -> DeadLetterConformance.Run {
            let (queue, deadLetters) = try await emulator.makeQueue()
            return .init(source: .init(queue: queue), queue: queue, deadLetters: deadLetters)
        }

        private func under<Value>(_ weather: String, _ body: () async throws -> Value) async throws -> Value {
            try await emulator.setWeather(weather)
            do {
                let value = try await body()
                try await emulator.clearWeather()
                return value
            } catch {
                try await emulator.clearWeather()
                throw error
            }
        }

        private func losing(_ action: String, effect: String = "drop_after") -> String {
            #"{"rules": [{"effect": "\#(effect)", "service": "sqs", "action": "\#(action)", "nth": 1}]}"#
        }

        @Test func aLostAnswerToASendIsOneMessage() async throws {
            let run = try await run()
            let message = run.source.message("message")
            try await under(losing("SendMessageBatch")) { try await run.queue.send(message) }
            let received = try await run.source.next()
            #expect(received.body == message.body)
            try await run.queue.delete([received.receipt])
            try await run.source.nothingComes("it was sent once")
        }

        @Test func aLostAnswerToAReceiveTakesNothingAway() async throws {
            let run = try await run()
            try await run.queue.send(run.source.message("message"))
            let received = try await under(losing("ReceiveMessage")) {
                try await run.source.next(visibility: .seconds(3_600))
            }
            #expect(received.receiveCount == 1)
            try await run.queue.delete([received.receipt])
        }

        @Test(arguments: ["drop_before", "drop_after"])
        func aLostAnswerToADeletionIsADeletion(effect: String) async throws {
            let run = try await run()
            try await run.queue.send(run.source.message("message"))
            let received = try await run.source.next(visibility: .seconds(3_600))
            try await under(losing("DeleteMessageBatch", effect: effect)) {
                try await run.queue.delete([received.receipt])
            }
            _ = try await eventually("nothing is in flight") {
                try await run.queue.depth() == QueueDepth(visible: 0, inFlight: 0) ? true : nil
            }
        }

        @Test func aBatchInPartIsToldMessageByMessage() async throws {
            let run = try await run()
            let messages = (0..<60).map { run.source.message("message-\($0)") }
            let refused = Mutex(0)
            let partial = #"{"rules": [{"effect": "partial", "service": "sqs", "action": "SendMessageBatch"}]}"#
            try await under(partial) {
                _ = try await atOnce(messages.count) { number in
                    for _ in 0..<60 {
                        do {
                            return try await run.queue.send(messages[number])
                        } catch let error as StoreError {
                            #expect(error.kind == .unavailable)
                            refused.withLock { $0 += 1 }
                        }
                    }
                    Issue.record("message \(number) was refused 60 times")
                }
            }
            #expect(refused.withLock { $0 } > 0, "batches were cut")
            var bodies: [String] = []
            while bodies.count < messages.count {
                let batch = try await eventually("more comes") {
                    let batch = try await run.queue.receive(max: 10, wait: .seconds(1), visibility: .seconds(600))
                    return batch.isEmpty ? nil : batch
                }
                bodies += batch.map(\.body)
                try await run.queue.delete(batch.map(\.receipt))
            }
            #expect(bodies.count == messages.count)
            #expect(Set(bodies) == Set(messages.map(\.body)))
            try await run.source.nothingComes("each was sent once")
        }

        @Test func aDeletionInPartIsUnavailableAndCanBeRepeated() async throws {
            let run = try await run()
            for number in 0..<4 { try await run.queue.send(run.source.message("message-\(number)")) }
            var receipts: [CommitReceipt] = []
            while receipts.count < 4 { receipts.append(try await run.source.next(visibility: .seconds(3_600)).receipt) }
            let all = receipts
            let partial = #"{"rules": [{"effect": "partial", "service": "sqs", "action": "DeleteMessageBatch"}]}"#
            let error = await #expect(throws: StoreError.self) {
                try await under(partial) { try await run.queue.delete(all) }
            }
            #expect(error?.kind == .unavailable)
            try await run.queue.delete(all)
            _ = try await eventually("nothing is in flight") {
                try await run.queue.depth() == QueueDepth(visible: 0, inFlight: 0) ? true : nil
            }
        }

        @Test func aQueueThatIsAwayIsToldAndComesBack() async throws {
            let run = try await run()
            let message = run.source.message("message")
            func away(_ more: String) -> String {
                #"{"rules": [{"effect": "error", "status": 503, "code": "ServiceUnavailable", "service": "sqs"\#(more)}]}"#
            }
            try await under(away(#", "count": 2"#)) { try await run.queue.send(message) }
            let ping = await #expect(throws: StoreError.self) {
                try await under(away("")) { try await run.queue.ping() }
            }
            #expect(ping?.kind == .unavailable)
            let send = await #expect(throws: StoreError.self) {
                try await under(away("")) { try await run.queue.send(run.source.message("other")) }
            }
            #expect(send?.kind == .outcomeUnknown, "a 503 does not say that nothing was done")
            #expect(try await run.source.next().body == message.body)
        }

        @Test func duplicatesAreDeliveredAndDeletedEachByItself() async throws {
            let run = try await run()
            let message = run.source.message("message")
            try await under(#"{"queues": {"duplicate": 1}}"#) { try await run.queue.send(message) }
            for _ in 0..<2 {
                let received = try await run.source.next()
                #expect(received.body == message.body)
                try await run.queue.delete([received.receipt])
            }
            try await run.source.nothingComes("both are deleted")
        }

        @Test func aReceiptThatEndedEarlyIsNoErrorAndTheMessageComesAgain() async throws {
            let run = try await run()
            try await run.queue.send(run.source.message("message"))
            let first = try await under(#"{"queues": {"expire": 1}}"#) {
                try await run.source.next(visibility: .seconds(3_600))
            }
            try await run.queue.delete([first.receipt])
            try await run.queue.extend([first.receipt], visibility: .seconds(60))
            let second = try await run.source.next(visibility: .seconds(60), "it was not deleted")
            #expect(second.receiveCount == 2)
            try await run.queue.delete([second.receipt])
        }

        @Test func redrivingIsNotSwallowedWithinTheFiveMinutesOfTheFirstSending() async throws {
            let run = try await run()
            let message = run.source.message("poison")
            try await run.queue.send(message)
            try await run.exhaust(message)
            let letter = try await run.dead()
            try await under(losing("SendMessageBatch")) { try await run.deadLetters.redrive(letter) }
            // It fails again, and is redriven again: another death, another message.
            try await run.exhaust(message)
            let again = try await run.dead()
            try await run.deadLetters.redrive(again)
            try await run.deadLetters.redrive(again)
            let received = try await run.source.next()
            #expect(received.body == message.body)
            try await run.queue.delete([received.receipt])
            try await run.source.nothingComes("one death redriven twice is one message")
            #expect(try await run.deadLetters.depth() == QueueDepth(visible: 0, inFlight: 0))
        }

        @Test func aRedriveThatCannotDeleteLeavesTheLetterAndSendsOnce() async throws {
            let run = try await run()
            let message = run.source.message("poison")
            try await run.queue.send(message)
            try await run.exhaust(message)
            let letter = try await run.dead()
            let broken = #"{"rules": [{"effect": "server_error", "service": "sqs", "action": "DeleteMessageBatch"}]}"#
            await #expect(throws: StoreError.self) {
                try await under(broken) { try await run.deadLetters.redrive(letter) }
            }
            #expect(try await run.deadLetters.depth() == QueueDepth(visible: 0, inFlight: 1))
            try await run.deadLetters.redrive(letter)
            let received = try await run.source.next()
            try await run.queue.delete([received.receipt])
            try await run.source.nothingComes("the two sendings are one")
            #expect(try await run.deadLetters.depth() == QueueDepth(visible: 0, inFlight: 0))
        }
    }
}
