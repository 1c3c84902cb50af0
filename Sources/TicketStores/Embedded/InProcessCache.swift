internal import Synchronization
public import Ticketing

/// The shared cache of one process: bounded in entries and bytes.
///
/// Two generations: what is set goes to the young one; when that is full it becomes the old one, and the old one is
/// forgotten. So nothing is ever searched for to be thrown away, and no timer runs.
public final class InProcessCache: SharedCache {
    private struct Entry {
        var value: [UInt8]
        var expiresAt: ContinuousClock.Instant
    }

    private struct State {
        var young: [String: Entry] = [:]
        var old: [String: Entry] = [:]
        var youngBytes = 0
    }

    private let entryLimit: Int
    private let byteLimit: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - entryLimit: the most entries there ever are.
    ///   - byteLimit: the most bytes that their keys and values have together; a larger value is not kept at all.
    public init(
        entryLimit: Int = 20_000, byteLimit: Int = 64 << 20,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.entryLimit = entryLimit
        self.byteLimit = byteLimit
        self.now = now
    }

    public func value(_ key: String) async throws -> [UInt8]? {
        let entry = state.withLock { $0.young[key] ?? $0.old[key] }
        return entry.flatMap { now() < $0.expiresAt ? $0.value : nil }
    }

    public func set(_ key: String, _ value: [UInt8], expiresAfter: Duration) async throws {
        let entry = Entry(value: value, expiresAt: now() + expiresAfter)
        let bytes = Self.bytes(key, value)
        state.withLock { state in
            if let replaced = state.young.removeValue(forKey: key) {
                state.youngBytes -= Self.bytes(key, replaced.value)
            }
            state.old[key] = nil
            guard bytes <= byteLimit / 2 else { return }
            if state.young.count >= entryLimit / 2 || state.youngBytes + bytes > byteLimit / 2 {
                state.old = state.young
                state.young = [:]
                state.youngBytes = 0
            }
            state.young[key] = entry
            state.youngBytes += bytes
        }
    }

    /// How many entries there are, expired ones with them.
    var count: Int { state.withLock { $0.young.count + $0.old.count } }

    public func ping() async throws {}

    private static func bytes(_ key: String, _ value: [UInt8]) -> Int { key.utf8.count + value.count }
}
