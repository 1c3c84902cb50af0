import Testing
import Ticketing

/// The promises of `SharedCache`, asserted of any cache that is not short of memory. Real time passes.
enum SharedCacheConformance {
    enum Case: String, CaseIterable, Sendable {
        case valueIsGivenBack, anyBytesAreKept, laterValueReplaces, valueExpires, replacingSetsTheExpiryAnew
        case manyAtOnceKeepApart, pingAnswers
    }

    static func run(_ promise: Case, on cache: any SharedCache) async throws {
        let sample = ConformanceSample()
        let key = "summary:\(sample.eventID):Reihe é"
        switch promise {
        case .valueIsGivenBack:
            #expect(try await cache.value(key) == nil)
            try await cache.set(key, Array("one".utf8), expiresAfter: .seconds(600))
            #expect(try await cache.value(key) == Array("one".utf8))
            #expect(try await cache.value(key + "-other") == nil)
        case .anyBytesAreKept:
            let bytes = Array(UInt8.min...UInt8.max) + Array("\r\n$-1\r\n".utf8)
            try await cache.set(key, bytes, expiresAfter: .seconds(600))
            #expect(try await cache.value(key) == bytes)
            try await cache.set(key, [], expiresAfter: .seconds(600))
            #expect(try await cache.value(key) == [])
        case .laterValueReplaces:
            try await cache.set(key, [1], expiresAfter: .seconds(600))
            try await cache.set(key, [2], expiresAfter: .seconds(600))
            #expect(try await cache.value(key) == [2])
        case .valueExpires:
            try await cache.set(key, [1], expiresAfter: .milliseconds(300))
            try await cache.set(key + "-long", [2], expiresAfter: .seconds(600))
            try await eventuallyGone(key, cache)
            #expect(try await cache.value(key + "-long") == [2])
        case .replacingSetsTheExpiryAnew:
            try await cache.set(key, [1], expiresAfter: .milliseconds(300))
            try await cache.set(key, [2], expiresAfter: .seconds(600))
            try await Task.sleep(for: .milliseconds(600))
            #expect(try await cache.value(key) == [2])
            try await cache.set(key, [3], expiresAfter: .milliseconds(300))
            try await eventuallyGone(key, cache)
        case .manyAtOnceKeepApart:
            _ = try await atOnce(100) {
                try await cache.set("\(key)-\($0)", Array(String($0).utf8), expiresAfter: .seconds(600))
            }
            let values = try await atOnce(100) { try await cache.value("\(key)-\($0)") }
            #expect(values == (0..<100).map { Array(String($0).utf8) })
        case .pingAnswers:
            try await cache.ping()
        }
    }

    private static func eventuallyGone(_ key: String, _ cache: any SharedCache) async throws {
        _ = try await eventually("the value expires") { try await cache.value(key) == nil ? true : nil }
    }
}
