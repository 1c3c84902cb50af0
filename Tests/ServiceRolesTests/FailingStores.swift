import Synchronization
import Ticketing

/// What a store is told to fail with, by the test.
final class Outage: Sendable {
    private let kind = Mutex<StoreError.Kind?>(nil)

    func begin(_ failure: StoreError.Kind = .unavailable) { kind.withLock { $0 = failure } }
    func end() { kind.withLock { $0 = nil } }

    func check(_ store: String) throws {
        if let failure = kind.withLock({ $0 }) { throw StoreError(failure, store: store, "planted: secret words") }
    }
}

struct FailingHolds: HoldStore {
    let store: any HoldStore
    let outage: Outage

    private func checked() throws -> any HoldStore {
        try outage.check("hold store")
        return store
    }

    func hold(_ request: HoldRequest, now: Timestamp) async throws -> HoldOutcome {
        try await checked().hold(request, now: now)
    }
    func release(_ seats: [SeatKey], userID: String, now: Timestamp) async throws -> Bool {
        try await checked().release(seats, userID: userID, now: now)
    }
    func check(_ seats: [SeatKey], userID: String, now: Timestamp) async throws -> HoldCheck {
        try await checked().check(seats, userID: userID, now: now)
    }
    func pin(_ commit: CommitRecord, limit: Int, now: Timestamp) async throws -> PinOutcome {
        try await checked().pin(commit, limit: limit, now: now)
    }
    func refuse(_ commit: CommitRecord, now: Timestamp) async throws -> PinOutcome {
        try await checked().refuse(commit, now: now)
    }
    func commit(idem: String) async throws -> CommitRecord? { try await checked().commit(idem: idem) }
    func markSent(_ idems: [String]) async throws { try await checked().markSent(idems) }
    func unsentCommits(before: Timestamp, limit: Int) async throws -> [CommitRecord] {
        try await checked().unsentCommits(before: before, limit: limit)
    }
    func settle(_ settlements: [CommitSettlement], now: Timestamp) async throws {
        try await checked().settle(settlements, now: now)
    }
    func purgeCommits(before: Timestamp, limit: Int) async throws -> Int {
        try await checked().purgeCommits(before: before, limit: limit)
    }

    func seats(eventID: String, sectionID: String) async throws -> [String: SeatState] {
        try await checked().seats(eventID: eventID, sectionID: sectionID)
    }
    func ping() async throws { try await checked().ping() }
}

struct FailingQueue: CommitQueue {
    let queue: any CommitQueue
    let outage: Outage

    func send(_ message: CommitMessage) async throws {
        try outage.check("commit queue")
        try await queue.send(message)
    }
    func receive(max: Int, wait: Duration, visibility: Duration) async throws -> [ReceivedCommit] {
        try outage.check("commit queue")
        return try await queue.receive(max: max, wait: wait, visibility: visibility)
    }
    func extend(_ receipts: [CommitReceipt], visibility: Duration) async throws {
        try await queue.extend(receipts, visibility: visibility)
    }
    func delete(_ receipts: [CommitReceipt]) async throws { try await queue.delete(receipts) }
    func depth() async throws -> QueueDepth { try await queue.depth() }
    func ping() async throws { try outage.check("commit queue") }
}

struct FailingRooms: RoomStore {
    let store: any RoomStore
    let outage: Outage

    private func checked() throws -> any RoomStore {
        try outage.check("cache")
        return store
    }

    func enter(eventID: String, userID: String, initial: RoomState) async throws -> RoomEntry {
        try await checked().enter(eventID: eventID, userID: userID, initial: initial)
    }
    func room(eventID: String) async throws -> RoomState? { try await checked().room(eventID: eventID) }
    func replace(eventID: String, with state: RoomState, ifVersion version: Int64) async throws -> Bool {
        try await checked().replace(eventID: eventID, with: state, ifVersion: version)
    }
    func report(_ health: HotPathHealth, instance: String, now: Timestamp) async throws {
        try await checked().report(health, instance: instance, now: now)
    }
    func health(now: Timestamp) async throws -> [HotPathHealth] { try await checked().health(now: now) }
    func ping() async throws { try await checked().ping() }
}
