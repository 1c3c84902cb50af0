public import Ticketing

/// The stores that the roles run on.
public struct Backends: Sendable {
    public var holds: any HoldStore
    public var ledger: any Ledger
    public var queue: any CommitQueue
    public var cache: any SharedCache
    public var rooms: any RoomStore

    public init(
        holds: any HoldStore, ledger: any Ledger, queue: any CommitQueue, cache: any SharedCache, rooms: any RoomStore
    ) {
        self.holds = holds
        self.ledger = ledger
        self.queue = queue
        self.cache = cache
        self.rooms = rooms
    }
}
