/// One process's measure of the time that a room may be given credit for.
///
/// A process counts only time that it saw itself: from when it saw the room's present tick to when it makes the next
/// one. The next one is written only on top of the present one (`RoomStore.replace`), so what different processes count
/// never overlaps, and all they count together is never more than went by, however far apart their clocks are.
public struct RoomClock: Sendable {
    /// A process goes on ticking this often at most...
    private static let ownInterval: Duration = .milliseconds(50)
    /// ... and takes over from one that has not ticked for this long. It gives away no more than this.
    private static let foreignInterval: Duration = .milliseconds(500)

    private var seen: Seen?

    private struct Seen {
        var epoch: Int64
        var ticks: Int64
        var at: Timestamp
        var isOwn: Bool
    }

    public init() {}

    /// How long the room's present tick has been seen here; nil while it is not for this process to make the next one.
    mutating func elapsed(in room: RoomState, at now: Timestamp) -> Duration? {
        guard let seen, seen.epoch == room.epoch, seen.ticks == room.ticks, seen.at <= now else {
            // Another tick, or a clock that stepped back: counted from here.
            seen = Seen(epoch: room.epoch, ticks: room.ticks, at: now, isOwn: false)
            return nil
        }
        let elapsed = now - seen.at
        return elapsed < (seen.isOwn ? Self.ownInterval : Self.foreignInterval) ? nil : elapsed
    }

    /// The store took `room`, which `RoomState.advance` changed. `now`: read after the store's answer.
    public mutating func wrote(_ room: RoomState, at now: Timestamp) {
        seen = Seen(epoch: room.epoch, ticks: room.ticks, at: now, isOwn: true)
    }
}
