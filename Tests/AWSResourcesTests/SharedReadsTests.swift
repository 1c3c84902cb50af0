import AWSCore
import Provisioning
import Synchronization
import Testing

@testable import AWSResources

struct SharedReadsTests {
    private actor Loads {
        var count = 0
        func add() { count += 1 }
    }

    @Test func manyAskersShareOneReadAndNoneGetsAnOlderAnswer() async throws {
        let reads = SharedReads()
        let count = Mutex(0)
        let load: @Sendable () async throws -> Int = {
            let number = count.withLock {
                $0 += 1
                return $0
            }
            try await Task.sleep(for: .milliseconds(5))
            return number
        }
        let start = ContinuousClock.now
        let first = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await reads.value(for: "k", notBefore: start, load: load) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(first == [1])
        #expect(try await reads.value(for: "k", notBefore: start, load: load) == 1)
        #expect(try await reads.value(for: "k", notBefore: .now, load: load) == 2)
    }

    /// Waiting for a read that began too early must not keep its first asker from noting that it ended.
    @Test func pollersWhoComeDuringAReadAllEnd() async throws {
        let reads = SharedReads()
        let loads = Loads()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask {
                    try await Task.sleep(for: .microseconds(50 * index))
                    _ = try await reads.value(for: "k", notBefore: .now) {
                        await loads.add()
                        try await Task.sleep(for: .milliseconds(1))
                        return index
                    }
                }
            }
            try await group.waitForAll()
        }
        let count = await loads.count
        #expect((1..<200).contains(count), "some share a read")
    }

    @Test func aFailedReadIsNotKept() async throws {
        struct Broken: Error {}
        let reads = SharedReads()
        let start = ContinuousClock.now
        await #expect(throws: Broken.self) {
            try await reads.value(for: "k", notBefore: start) { () async throws -> Int in throw Broken() }
        }
        #expect(try await reads.value(for: "k", notBefore: start) { 7 } == 7)
    }
}
