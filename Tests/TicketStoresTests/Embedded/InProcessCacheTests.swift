import Synchronization
import Testing
import Ticketing

@testable import TicketStores

@Suite struct InProcessCacheTests {
    @Test func entriesAreBoundedAndTheLatestStay() async throws {
        let cache = InProcessCache(entryLimit: 100, byteLimit: 1 << 20)
        for number in 0..<10_000 { try await cache.set("key-\(number)", [1], expiresAfter: .seconds(600)) }
        #expect(cache.count <= 100)
        for number in 9_950..<10_000 { #expect(try await cache.value("key-\(number)") == [1]) }
        #expect(try await cache.value("key-0") == nil)
    }

    @Test func bytesAreBounded() async throws {
        let cache = InProcessCache(entryLimit: 1_000, byteLimit: 10_000)
        let kilobyte = [UInt8](repeating: 7, count: 1_000)
        for number in 0..<100 { try await cache.set("key-\(number)", kilobyte, expiresAfter: .seconds(600)) }
        #expect(cache.count < 10)
        #expect(try await cache.value("key-99") == kilobyte)
        try await cache.set("key-99", [UInt8](repeating: 8, count: 5_001), expiresAfter: .seconds(600))
        #expect(try await cache.value("key-99") == nil, "too large to keep, and the former value is not true any more")
        for _ in 0..<1_000 { try await cache.set("same", kilobyte, expiresAfter: .seconds(600)) }
        #expect(try await cache.value("key-98") == kilobyte, "replacing a value is no growth")
    }

    @Test func valueEndsAtItsInstant() async throws {
        let start = ContinuousClock.now
        let elapsed = Mutex(Duration.zero)
        let cache = InProcessCache(now: { start + elapsed.withLock { $0 } })
        try await cache.set("key", [1], expiresAfter: .seconds(2))
        elapsed.withLock { $0 = .milliseconds(1_999) }
        #expect(try await cache.value("key") == [1])
        elapsed.withLock { $0 = .seconds(2) }
        #expect(try await cache.value("key") == nil)
    }
}
