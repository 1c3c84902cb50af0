import Synchronization
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

    private func settle(until condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !condition() {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(2))
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
        let echo = Batcher<Int, Int>(store: "test", limits: .init(batch: 3, concurrent: 1, waiting: 10)) { inputs in
            await gate.pass(inputs)
            return inputs.map { .success($0) }
        }
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await echo(0) }
            try await settle { gate.seen.count == 1 }
            for number in 1...5 { group.addTask { try await echo(number) } }
            try await Task.sleep(for: .milliseconds(50))
            gate.open(3)
            var answers: [Int] = []
            for try await answer in group { answers.append(answer) }
            #expect(answers.sorted() == [0, 1, 2, 3, 4, 5])
        }
        #expect(gate.seen.map(\.count) == [1, 3, 2])
    }

    @Test func pastItsBoundACallIsRefusedAtOnce() async throws {
        let gate = Gate()
        let echo = Batcher<Int, Int>(store: "test", limits: .init(batch: 1, concurrent: 1, waiting: 1)) { inputs in
            await gate.pass(inputs)
            return inputs.map { .success($0) }
        }
        let first = Task { try await echo(1) }
        try await settle { gate.seen.count == 1 }
        let second = Task { try await echo(2) }
        try await Task.sleep(for: .milliseconds(50))
        await #expect { try await echo(3) } throws: { ($0 as? StoreError)?.kind == .overloaded }
        gate.open(2)
        #expect(try await [first.value, second.value] == [1, 2])
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
