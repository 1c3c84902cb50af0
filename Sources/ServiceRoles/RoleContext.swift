public import Logging
internal import Metrics
internal import Synchronization
public import Ticketing

/// What the endpoints of a process share. Made once.
public final class RoleContext: Sendable {
    public let backends: Backends
    public let settings: RoleSettings
    let keys: RoleKeys
    let now: @Sendable () -> Timestamp
    let random: RandomSource
    let logger: Logger
    /// The process's log.
    public var log: Logger { logger }

    let catalogues: Catalogues
    let reads: CachedReads
    let rooms: Rooms
    let tokens: RoomTokenSigner
    let throttle: UserThrottle
    let hotPath = HotPathWindow()
    let outbox: Outbox
    private let draining = Atomic(false)

    /// - Parameter now: the wall clock.
    public init(
        backends: Backends, settings: RoleSettings, keys: RoleKeys, logger: Logger,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now, random: RandomSource = .system
    ) {
        self.backends = backends
        self.settings = settings
        self.keys = keys
        self.now = now
        self.random = random
        self.logger = logger
        catalogues = Catalogues(ledger: backends.ledger, now: now)
        reads = CachedReads(holds: backends.holds, cache: backends.cache, now: now)
        rooms = Rooms(
            store: backends.rooms, showUps: ShowUps(cache: backends.cache, now: now), settings: settings.room,
            random: random, now: now)
        tokens = RoomTokenSigner(key: keys.room)
        throttle = UserThrottle(limit: settings.userRequestsPerSecond)
        outbox = Outbox(queue: backends.queue, holds: backends.holds, logger: logger)
    }

    /// True from the first SIGTERM on: readiness says no, so that no more requests are sent here.
    public var isDraining: Bool { draining.load(ordering: .relaxed) }

    public func beginDraining() { draining.store(true, ordering: .relaxed) }

    /// Refreshes the waiting rooms and moves admissions on, until cancelled.
    /// - Parameter instance: names this process among those that report their health.
    public func runRooms(instance: String) async throws {
        try await rooms.run(
            instance: instance, logger: logger, supply: { [weak self] in await self?.supply($0) ?? nil },
            health: { [weak self] in self?.hotPath.take() })
    }

    /// Returns when every accepted commit that is on its way has reached the queue, or has been left to the repair loop.
    public func drainOutbox() async { await outbox.drain() }

    /// What the sections of an event have left to sell; nil: not known.
    func supply(_ eventID: String) async -> RoomState.Supply? {
        guard let index = try? await catalogues.index(eventID) else { return nil }
        var supply = RoomState.Supply.soldOut
        for section in index.catalogue.sections {
            guard let read = try? await reads.section(eventID: eventID, sectionID: section.id, of: index) else {
                return nil
            }
            if read.states.available > 0 { return .free }
            if read.states.isAnyHeld { supply = .held }
        }
        return supply
    }
}
