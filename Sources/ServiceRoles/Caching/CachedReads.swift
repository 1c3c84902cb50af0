internal import Metrics
internal import Ticketing

/// Cached counts and seat maps: in the process for a second, in the shared cache for three, from the hold store else.
///
/// Whatever many clients ask, one process reads a section at most once a second. With s-maxage of 10 s in front, what
/// a client sees is at most 13 s old.
final class CachedReads: Sendable {
    /// Where an answer came from, as `X-Cache` says it.
    enum Origin: String, Sendable {
        case local = "hit-local"
        case shared = "hit-redis"
        case store = "miss"
    }

    static let localLifetime: Duration = .seconds(1)
    static let sharedLifetime: Duration = .seconds(2)
    /// For how long an outage of the hold store may be bridged with what was known; `Age` tells.
    static let staleLimit: Duration = .seconds(60)

    private let holds: any HoldStore
    private let cache: any SharedCache
    private let now: @Sendable () -> Timestamp
    private let local = ExpiringCache<SectionKey, SectionStates>(capacity: 10_000)
    private let loading = Singleflight<SectionKey, Loaded>()
    private let outcomes: [Origin: Counter]

    private struct SectionKey: Hashable {
        var eventID: String
        var sectionID: String
    }

    private struct Loaded: Sendable {
        var states: SectionStates
        var origin: Origin
    }

    init(holds: any HoldStore, cache: any SharedCache, now: @escaping @Sendable () -> Timestamp) {
        self.holds = holds
        self.cache = cache
        self.now = now
        outcomes = Dictionary(
            uniqueKeysWithValues: [Origin.local, .shared, .store].map {
                ($0, Counter(label: "cache_reads_total", dimensions: [("outcome", $0.rawValue)]))
            })
    }

    /// The states of a section's seats, at most three seconds old.
    /// - Throws: `StoreError` of the hold store; the shared cache's failures only cost time.
    func section(
        eventID: String, sectionID: String, of index: CatalogueIndex
    ) async throws -> (states: SectionStates, origin: Origin) {
        let key = SectionKey(eventID: eventID, sectionID: sectionID)
        if let states = local.value(key, at: now()) {
            outcomes[.local]?.increment()
            return (states, .local)
        }
        do {
            let loaded = try await loading.value(key) { [self] in try await load(key, of: index) }
            outcomes[loaded.origin]?.increment()
            return (loaded.states, loaded.origin)
        } catch let error as StoreError {
            guard let stale = local.lastValue(key), now() - stale.readAt < Self.staleLimit else { throw error }
            outcomes[.local]?.increment()
            return (stale, .local)
        }
    }

    private func load(_ key: SectionKey, of index: CatalogueIndex) async throws -> Loaded {
        let name = "seats:\(key.eventID)/\(key.sectionID)"
        if let bytes = try? await cache.value(name), let states = SectionStates(bytes),
            now() - states.readAt < Self.sharedLifetime
        {
            local.set(key, states, until: now() + Self.localLifetime)
            return Loaded(states: states, origin: .shared)
        }
        let readAt = now()
        let seats = try await holds.seats(eventID: key.eventID, sectionID: key.sectionID)
        let states = SectionStates(seats, section: index.section(key.sectionID), readAt: readAt)
        local.set(key, states, until: readAt + Self.localLifetime)
        try? await cache.set(name, states.bytes, expiresAfter: Self.sharedLifetime)
        return Loaded(states: states, origin: .store)
    }
}
