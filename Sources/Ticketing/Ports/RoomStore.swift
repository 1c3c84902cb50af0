/// The waiting rooms' counters. (Redis; in process when embedded.) May be lost at any moment: a room that is made again
/// has a new epoch, and positions are unique within an epoch.
///
/// Every call throws `StoreError`.
public protocol RoomStore: Sendable {
    /// The user's place in the event's room: the same for the same user while the epoch lasts.
    /// - Parameter initial: the room to make if there is none; its epoch becomes the room's.
    func enter(eventID: String, userID: String, initial: RoomState) async throws -> RoomEntry

    /// The room and how many places have been given; nil if there is none.
    func room(eventID: String) async throws -> RoomState?

    /// Replaces everything but `issued` (which only `enter` moves), and notes it in `issuedAtWrite`, if the room is still
    /// the one of `version`.
    /// - Returns: false if somebody else was faster.
    func replace(eventID: String, with state: RoomState, ifVersion version: Int64) async throws -> Bool

    /// Reports how the hot path of one process does; kept for a few seconds.
    func report(_ health: HotPathHealth, instance: String, now: Timestamp) async throws
    /// What every process reported lately.
    func health(now: Timestamp) async throws -> [HotPathHealth]

    func ping() async throws
}

/// What came of `RoomStore.enter`.
public struct RoomEntry: Sendable, Equatable {
    public var place: RoomPlace
    /// The room's, at the instant of entering.
    public var version: Int64

    public init(place: RoomPlace, version: Int64) {
        self.place = place
        self.version = version
    }
}

/// A place in a waiting room.
public struct RoomPlace: Sendable, Equatable {
    /// Of the room; a room whose counters were lost begins a new one.
    public var epoch: Int64
    /// From 0, in the order of entering.
    public var number: Int64

    public init(epoch: Int64, number: Int64) {
        self.epoch = epoch
        self.number = number
    }
}
