internal import Synchronization
public import Ticketing

/// The waiting rooms of one process; they end with it.
///
/// Bounded: who entered is remembered as a 128-bit hash and a number, for at least `placeLifetime` after entering last
/// and at most twice that, in two generations. When `placeLimit` are remembered the older half is forgotten early: who
/// of those enters again gets a new place. (Tokens already given keep their place: it stands in them.)
public final class InProcessRoomStore: RoomStore {
    private struct User: Hashable {
        var high: Int
        var low: Int
    }

    private struct Places {
        var young: [User: RoomPlace] = [:]
        var old: [User: RoomPlace] = [:]
        var turnAt: Timestamp?
    }

    private struct State {
        var rooms: [String: RoomState] = [:]
        var places = Places()
        var health: [String: (health: HotPathHealth, at: Timestamp)] = [:]
    }

    private let placeLifetime: Duration
    private let placeLimit: Int
    /// A report counts for so long.
    private let healthLifetime: Duration = .seconds(10)
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// - Parameter placeLimit: the default takes some 100 MB when full.
    public init(
        placeLifetime: Duration = .seconds(86_400), placeLimit: Int = 1_000_000,
        now: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) {
        self.placeLifetime = placeLifetime
        self.placeLimit = placeLimit
        self.now = now
    }

    public func enter(eventID: String, userID: String, initial: RoomState) async throws -> RoomEntry {
        let (user, now) = (Self.user(eventID, userID), now())
        return state.withLock { state in
            var room = state.rooms[eventID] ?? initial
            turnGenerations(&state.places, now)
            if let place = state.places.young[user] ?? state.places.old.removeValue(forKey: user),
                place.epoch == room.epoch
            {
                state.places.young[user] = place
                return RoomEntry(place: place, version: room.version)
            }
            let place = RoomPlace(epoch: room.epoch, number: room.issued)
            room.issued += 1
            state.rooms[eventID] = room
            state.places.young[user] = place
            return RoomEntry(place: place, version: room.version)
        }
    }

    private func turnGenerations(_ places: inout Places, _ now: Timestamp) {
        let turnAt = places.turnAt ?? now + placeLifetime
        places.turnAt = turnAt
        guard now >= turnAt || places.young.count >= placeLimit / 2 else { return }
        places.old = places.young
        places.young = [:]
        places.turnAt = now + placeLifetime
    }

    /// How many places are remembered.
    var placeCount: Int { state.withLock { $0.places.young.count + $0.places.old.count } }

    /// Swift's hash is seeded by the process: nobody can choose users that collide. Of the bytes: as texts, composed and
    /// decomposed letters would be the same user.
    private static func user(_ eventID: String, _ userID: String) -> User {
        let (event, user) = (Array(eventID.utf8), Array(userID.utf8))
        func hash(_ seed: UInt8) -> Int {
            var hasher = Hasher()
            hasher.combine(seed)
            hasher.combine(event)
            hasher.combine(user)
            return hasher.finalize()
        }
        return User(high: hash(0), low: hash(1))
    }

    public func room(eventID: String) async throws -> RoomState? { state.withLock { $0.rooms[eventID] } }

    public func replace(eventID: String, with next: RoomState, ifVersion version: Int64) async throws -> Bool {
        state.withLock { state in
            guard let room = state.rooms[eventID], room.version == version else { return false }
            var next = next
            next.version = version + 1
            next.issued = room.issued
            next.issuedAtWrite = room.issued
            state.rooms[eventID] = next
            return true
        }
    }

    public func report(_ health: HotPathHealth, instance: String, now: Timestamp) async throws {
        state.withLock { state in
            state.health = state.health.filter { isFresh($0.value.at, now) }
            state.health[instance] = (health, now)
        }
    }

    public func health(now: Timestamp) async throws -> [HotPathHealth] {
        state.withLock { $0.health.values.filter { isFresh($0.at, now) }.map(\.health) }
    }

    private func isFresh(_ reportedAt: Timestamp, _ now: Timestamp) -> Bool { now - reportedAt < healthLifetime }

    public func ping() async throws {}
}
