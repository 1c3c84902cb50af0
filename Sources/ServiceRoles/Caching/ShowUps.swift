internal import Synchronization
internal import Ticketing

/// Who came when it was their turn, in rooms with a capacity: noted once in the shared cache, counted by the room's loop.
final class ShowUps: Sendable {
    private struct Counts {
        var arrivals: [RoomPlace] = []
        var departures: [RoomPlace] = []
    }

    private let cache: any SharedCache
    private let now: @Sendable () -> Timestamp
    private let known = ExpiringCache<String, Bool>(capacity: 100_000)
    private let counts = Mutex<[String: Counts]>([:])
    /// Counts of one room that wait for its loop. More are dropped: a buyer who is not counted as arrived may lose the
    /// place inside to another, never a seat.
    private let capacity = 100_000

    init(cache: any SharedCache, now: @escaping @Sendable () -> Timestamp) {
        self.cache = cache
        self.now = now
    }

    /// Whether this process has seen the buyer before.
    func isKnown(_ eventID: String, _ place: RoomPlace) -> Bool {
        known.value(RoomState.showUpKey(eventID: eventID, place: place), at: now()) != nil
    }

    /// Whether the buyer was seen before, here or elsewhere. A cache that is away says yes: nobody loses a turn by it.
    func wasSeen(_ eventID: String, _ place: RoomPlace) async -> Bool {
        if isKnown(eventID, place) { return true }
        do {
            return try await cache.value(RoomState.showUpKey(eventID: eventID, place: place)) != nil
        } catch {
            return true
        }
    }

    /// The buyer is here, within the turn.
    func arrived(_ eventID: String, _ place: RoomPlace, admissionSeconds: Int64) async {
        guard !isKnown(eventID, place) else { return }
        let key = RoomState.showUpKey(eventID: eventID, place: place)
        let wasSeen = (try? await cache.value(key)) != nil
        try? await cache.set(key, [1], expiresAfter: .seconds(admissionSeconds))
        known.set(key, true, until: now() + .seconds(admissionSeconds))
        if !wasSeen { add(eventID) { $0.arrivals.append(place) } }
    }

    /// The buyer has bought.
    func departed(_ eventID: String, _ place: RoomPlace) { add(eventID) { $0.departures.append(place) } }

    private func add(_ eventID: String, _ change: (inout Counts) -> Void) {
        counts.withLock { counts in
            var entry = counts[eventID] ?? Counts()
            guard entry.arrivals.count + entry.departures.count < capacity else { return }
            change(&entry)
            counts[eventID] = entry
        }
    }

    /// Whether a room's loop has anything to count.
    func hasCounts(_ eventID: String) -> Bool { counts.withLock { $0[eventID] != nil } }

    /// Moves what was counted into `room`; what it cannot count yet is kept.
    /// - Returns: whether the room changed, and how to take the counts back if it is not written.
    func count(into room: inout RoomState, eventID: String) -> (changed: Bool, restore: @Sendable () -> Void) {
        let taken = counts.withLock { $0.removeValue(forKey: eventID) } ?? Counts()
        var left = taken
        let changed = room.count(arrivals: &left.arrivals, departures: &left.departures)
        let kept = left
        if !kept.arrivals.isEmpty || !kept.departures.isEmpty {
            add(eventID) { counts in
                counts.arrivals += kept.arrivals
                counts.departures += kept.departures
            }
        }
        return (
            changed,
            { [self] in
                let written = Set(kept.arrivals.map(\.number)), gone = Set(kept.departures.map(\.number))
                add(eventID) { counts in
                    counts.arrivals += taken.arrivals.filter { !written.contains($0.number) }
                    counts.departures += taken.departures.filter { !gone.contains($0.number) }
                }
            }
        )
    }
}
