internal import Synchronization
internal import Ticketing

/// A bounded map whose entries are fresh for a while. Full, it forgets the entries that expire first.
final class ExpiringCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    struct Entry: Sendable {
        var value: Value
        var expiresAt: Timestamp
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    func value(_ key: Key, at now: Timestamp) -> Value? {
        entries.withLock { entries in
            guard let entry = entries[key], now < entry.expiresAt else { return nil }
            return entry.value
        }
    }

    /// The last value, fresh or not.
    func lastValue(_ key: Key) -> Value? { entries.withLock { $0[key]?.value } }

    func set(_ key: Key, _ value: Value, until expiresAt: Timestamp) {
        entries.withLock { entries in
            if entries.count >= capacity, entries[key] == nil {
                let oldest = entries.sorted { $0.value.expiresAt < $1.value.expiresAt }.prefix(max(1, capacity / 4))
                for (key, _) in oldest { entries.removeValue(forKey: key) }
            }
            entries[key] = Entry(value: value, expiresAt: expiresAt)
        }
    }
}
