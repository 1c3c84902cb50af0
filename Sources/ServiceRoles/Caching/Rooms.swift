internal import Logging
internal import Synchronization
internal import Ticketing

internal import struct Foundation.Date

/// The waiting rooms as this process knows them: a poll costs no call. One loop refreshes what is asked for, and moves
/// admissions on when nobody else has lately.
///
/// While the store is away, what was known goes on to answer: admitted buyers stay admitted, and nobody new is. Rooms
/// whose counters were lost begin a new epoch; those admitted in the one before keep their admission.
final class Rooms: Sendable {
    /// A room as last read. A reference: each poll takes it.
    final class Known: Sendable {
        let current: RoomState
        /// The room before its counters were lost.
        let earlier: RoomState?

        init(_ current: RoomState, earlier: RoomState? = nil) {
            self.current = current
            self.earlier = earlier
        }

        /// The room that a place is of.
        func state(of place: RoomPlace) -> RoomState? {
            if current.epoch == place.epoch { return current }
            return earlier?.epoch == place.epoch ? earlier : nil
        }

        /// What is known here of a place; nil if it was given later.
        func standing(of place: RoomPlace, at now: Timestamp, hasShownUp: Bool) -> RoomStanding? {
            // Not a copy of the current one: a poll looks at nothing else.
            if current.epoch == place.epoch { return standing(in: current, of: place, at: now, hasShownUp) }
            guard let room = state(of: place) else { return .unknownEpoch }
            return standing(in: room, of: place, at: now, hasShownUp)
        }

        private func standing(
            in room: RoomState, of place: RoomPlace, at now: Timestamp, _ hasShownUp: Bool
        ) -> RoomStanding? {
            guard room.knows(place) else { return nil }
            let standing = room.standing(of: place, at: now, hasShownUp: hasShownUp)
            // Nobody is admitted any more by a room that was lost.
            if case .waiting = standing, room.epoch != current.epoch { return .unknownEpoch }
            return standing
        }
    }

    private struct Entry {
        var known: Known
        var askedAt: Timestamp
        var clock = RoomClock()
    }

    /// How often a known room is read again.
    static let refreshInterval: Duration = .milliseconds(100)
    /// A room that nobody asked for this long is no longer refreshed.
    static let idleLimit: Duration = .seconds(60)
    let showUps: ShowUps
    private let store: any RoomStore
    private let settings: RoomSettings
    private let random: RandomSource
    private let now: @Sendable () -> Timestamp
    private let known = Mutex<[String: Entry]>([:])
    private let reading = Singleflight<String, Reading>()
    private let mostRooms = 1_000

    private struct Reading: Sendable {
        var startedAt: ContinuousClock.Instant
        var state: RoomState?
    }

    init(
        store: any RoomStore, showUps: ShowUps, settings: RoomSettings, random: RandomSource,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.showUps = showUps
        self.settings = settings
        self.random = random
        self.now = now
    }

    /// What this process knows of the room, without a call.
    func known(_ eventID: String) -> Known? {
        let instant = now()
        return known.withLock { known in
            guard let index = known.index(forKey: eventID) else { return nil }
            known.values[index].askedAt = instant
            return known.values[index].known
        }
    }

    /// - Throws: `StoreError` when nothing is known of the room and the store does not answer.
    func room(_ eventID: String) async throws -> Known? {
        if let found = known(eventID) { return found }
        return try await fresh(eventID)
    }

    /// As the store has it now: what any process has told before this call is known afterwards.
    /// - Throws: `StoreError`.
    func fresh(_ eventID: String) async throws -> Known? {
        let asked = ContinuousClock.now
        while true {
            let reading = try await reading.value(eventID) { [self] in
                Reading(startedAt: .now, state: try await store.room(eventID: eventID))
            }
            // A reading that was under way may be older than the question.
            guard reading.startedAt >= asked else { continue }
            guard let state = reading.state else { return known(eventID) }
            return note(state, eventID: eventID)
        }
    }

    /// What a place means: by what is known here if it is the buyer's turn or nothing else is asked for, else by the
    /// store, since another process may be ahead and have told the buyer more.
    /// - Throws: `StoreError`.
    func standing(
        of place: RoomPlace, eventID: String, at now: Timestamp, hasShownUp: Bool, isWaitingCertain: Bool
    ) async throws -> RoomStanding {
        switch try await room(eventID)?.standing(of: place, at: now, hasShownUp: hasShownUp) {
        case .admitted(let left): return .admitted(leftSeconds: left)
        case .expired: return .expired
        case .waiting(let position, let eta) where !isWaitingCertain:
            return .waiting(position: position, etaSeconds: eta)
        case .waiting, .unknownEpoch, nil:
            return try await fresh(eventID)?.standing(of: place, at: now, hasShownUp: hasShownUp) ?? .unknownEpoch
        }
    }

    /// The user's place, in a room that is made if there is none.
    func enter(_ event: EventCatalogue.Event, userID: String) async throws -> (place: RoomPlace, room: RoomState) {
        let entry = try await store.enter(eventID: event.id, userID: userID, initial: initialRoom(event))
        let place = entry.place
        if let room = noteEntry(entry, eventID: event.id) { return (place, room) }
        guard let room = try await store.room(eventID: event.id) else {
            throw StoreError(.unavailable, store: "cache", "the room was lost while it was entered")
        }
        note(room, eventID: event.id)
        return (place, room)
    }

    private func initialRoom(_ event: EventCatalogue.Event) -> RoomState {
        let instant = now()
        let opensAt = Timestamp(milliseconds: Int64(event.salesOpenAt.timeIntervalSince1970 * 1_000))
        var settings = settings
        let isPresale = instant < opensAt
        settings.opensAt = isPresale ? opensAt : nil
        var room = RoomState(
            epoch: instant.milliseconds, updatedAt: instant, settings: settings, phase: .scheduled,
            lottery: isPresale ? RoomState.Lottery(seed: random.bytes(LotteryDraw.seedBytes)) : nil)
        room.open(at: instant)
        return room
    }

    /// The known room, if its version is the one that was entered: then it is as new as the entry.
    private func noteEntry(_ entry: RoomEntry, eventID: String) -> RoomState? {
        let instant = now()
        return known.withLock { known in
            guard let found = known[eventID]?.known, found.current.epoch == entry.place.epoch,
                found.current.version == entry.version
            else { return nil }
            var room = found.current
            room.issued = max(room.issued, entry.place.number + 1)
            known[eventID]?.known = Known(room, earlier: found.earlier)
            known[eventID]?.askedAt = instant
            return room
        }
    }

    @discardableResult
    private func note(_ state: RoomState, eventID: String) -> Known {
        let instant = now()
        return known.withLock { known in
            var entry = known[eventID] ?? Entry(known: Known(state), askedAt: instant)
            let (current, earlier) = (entry.known.current, entry.known.earlier)
            if current.epoch != state.epoch {
                entry.known = Known(state, earlier: current)
            } else if current.version <= state.version {
                var next = state
                next.issued = max(state.issued, current.issued)
                entry.known = Known(next, earlier: earlier)
            }
            if known[eventID] == nil, known.count >= mostRooms,
                let oldest = known.min(by: { $0.value.askedAt < $1.value.askedAt })
            {
                known.removeValue(forKey: oldest.key)
            }
            known[eventID] = entry
            return entry.known
        }
    }

    // MARK: - The loop

    /// Refreshes until cancelled.
    /// - Parameters:
    ///   - supply: what an event has left to sell; nil: not known.
    ///   - health: what this process reports of its own hot path, if it has one.
    func run(
        instance: String, logger: Logger, supply: @escaping @Sendable (String) async -> RoomState.Supply?,
        health: @escaping @Sendable () -> HotPathHealth?
    ) async throws {
        var isAway = false
        var round = 0
        while !Task.isCancelled {
            do {
                if round % 10 == 0, let health = health() {
                    try await store.report(health, instance: instance, now: now())
                }
                for eventID in active() { try await refresh(eventID, supply: supply) }
                if isAway { logger.notice("the waiting rooms' store answers again") }
                isAway = false
            } catch let error as StoreError {
                if !isAway { logger.warning("the waiting rooms' store is away", metadata: ["error": "\(error)"]) }
                isAway = true
            }
            round += 1
            try await Task.sleep(for: Self.refreshInterval)
        }
    }

    private func active() -> [String] {
        let instant = now()
        return known.withLock { known in
            for (eventID, entry) in known where instant - entry.askedAt > Self.idleLimit {
                known.removeValue(forKey: eventID)
            }
            return Array(known.keys)
        }
    }

    private func refresh(
        _ eventID: String, supply: @Sendable (String) async -> RoomState.Supply?
    ) async throws {
        guard var state = try await store.room(eventID: eventID) else { return }
        note(state, eventID: eventID)
        let instant = now()
        let (version, secondsBefore) = (state.version, state.updatedAt.milliseconds / 1_000)
        var clock = known.withLock { $0[eventID]?.clock } ?? RoomClock()
        let isTick = state.advance(to: instant, by: &clock)
        remember(clock, eventID: eventID)
        // Each process counts whom it saw, whoever makes the ticks.
        guard isTick || showUps.hasCounts(eventID) else { return }
        let counted = showUps.count(into: &state, eventID: eventID)
        guard isTick || counted.changed else { return }
        if isTick, instant.milliseconds / 1_000 != secondsBefore {
            if let supply = await supply(eventID) { state.supply = supply }
            state.throttle = AdmissionThrottle().next(
                after: state.throttle, reports: try await store.health(now: instant))
        }
        state.version += 1
        // Losing the race is fine: somebody else moved the room on.
        guard try await store.replace(eventID: eventID, with: state, ifVersion: version) else {
            counted.restore()
            return
        }
        if isTick {
            clock.wrote(state, at: now())
            remember(clock, eventID: eventID)
        }
        note(state, eventID: eventID)
    }

    private func remember(_ clock: RoomClock, eventID: String) { known.withLock { $0[eventID]?.clock = clock } }
}
