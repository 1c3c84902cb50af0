import Testing

@testable import TicketStores

@Suite struct SQSConformanceTests {
    @Test(arguments: CommitQueueConformance.Case.allCases)
    func commitQueueKeeps(_ promise: CommitQueueConformance.Case) async throws {
        try await CommitQueueConformance.run(promise, on: try await AWSEmulator.fair.get().makeQueue().queue)
    }

    @Test(arguments: DeadLetterConformance.Case.allCases)
    func deadLetterQueueKeeps(_ promise: DeadLetterConformance.Case) async throws {
        let (queue, deadLetters) = try await AWSEmulator.fair.get().makeQueue()
        try await DeadLetterConformance.run(promise, on: queue, deadLetters: deadLetters)
    }
}
