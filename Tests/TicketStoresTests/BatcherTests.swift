import Synchronization
import TestSupport
import Testing
import TicketStores
import Ticketing

struct BatcherTests {
    /// Lets one batch at a time through.
    private final class Gate: Sendable {
        private let batches = Mutex<[[Int]]>([])
        private let (stream, permits) = AsyncStream.makeStream(of: Void.self)

        var seen: [[Int]] { batches.withLock { $0 } }

        func open(_ count: Int) { for _ in 0..<count { permits.yield() } }

        func pass(_ batch: [Int]) async {
            batches.withLock { $0.append(batch) }
            for await _ in stream { return }
        }
    }

    @Test func aLoneCallIsABatchByItself() async throws {
        let double = Batcher<Int, Int>(store: "test", limits: .init(batch: 10, concurrent: 1, waiting: 10)) { inputs in
            inputs.map { .success($0 * 2) }
        }
        #expect(try await double(21) == 42)
    }

    @Test func callsThatArriveDuringABatchLeaveTogether() async throws {
        let gate = Gate()
        let echo = Batcher<Int, Int>(store: "test", limits: .init(batch: 3, concurrent: 1, waiting: 5)) { inputs in
            await gate.pass(inputs)
            return inputs.map { .success($0) }
        }
        let first = Task { try await echo(0) }
        try await eventually { gate.seen.count == 1 }
        let answers = await withTaskGroup(of: Int?.self) { group in
            for number in 1...8 { group.addTask { try? await echo(number) } }
            var answers: [Int?] = []
            for await answer in group {
                answers.append(answer)
                // As soon as three are refused, five wait.
                if answers.count == 3 { gate.open(3) }
            }
            return answers
        }
        #expect(answers.prefix(3) == [nil, nil, nil])
        let answered = answers.compactMap { $0 }
        #expect(answered.count == 5 && Set(answered) == Set(gate.seen.dropFirst().flatMap { $0 }))
        #expect(try await first.value == 0)
        #expect(gate.seen.map(\.count) == [1, 3, 2])
    }

    @Test func pastItsBoundACallIsRefusedAtOnce() async throws {
        let gate = Gate()
        let echo = Batcher<Int, Int>(store: "test", limits: .init(batch: 1, concurrent: 1, waiting: 1)) { inputs in
            await gate.pass(inputs)
            return inputs.map { .success($0) }
        }
        let first = Task { try await echo(1) }
        try await eventually { gate.seen.count == 1 }
        // One of two waits; the other returns while the gate is shut.
        let outcomes = await withTaskGroup(of: Result<Int, any Error>.self) { group in
            for number in 2...3 { group.addTask { await Task { try await echo(number) }.result } }
            var outcomes: [Result<Int, any Error>] = []
            for await outcome in group {
                outcomes.append(outcome)
                if outcomes.count == 1 { gate.open(2) }
            }
            return outcomes
        }
        #expect { try outcomes[0].get() } throws: { ($0 as? StoreError)?.kind == .overloaded }
        #expect([2, 3].contains(try outcomes[1].get()))
        #expect(try await first.value == 1)
    }

    @Test func anErrorOfOneCallIsNotTheOthers() async throws {
        struct Odd: Error {}
        let gate = Gate()
        let even = Batcher<Int, Int>(store: "test", limits: .init(batch: 10, concurrent: 1, waiting: 10)) { inputs in
            await gate.pass(inputs)
            return inputs.map { $0 % 2 == 0 ? .success($0) : .failure(Odd()) }
        }
        let calls = (0..<4).map { number in Task { try await even(number) } }
        gate.open(4)
        #expect(try await calls[0].value == 0)
        await #expect(throws: Odd.self) { try await calls[1].value }
        #expect(try await calls[2].value == 2)
    }
}
