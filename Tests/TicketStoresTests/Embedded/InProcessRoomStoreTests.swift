import Synchronization
import Testing
import Ticketing

@testable import TicketStores

@Suite struct InProcessRoomStoreTests {
    let start = Timestamp(milliseconds: 1_700_000_000_000)

    private var room: RoomState {
        RoomState(
            epoch: 3, updatedAt: start,
            settings: RoomSettings(ratePerSecond: 10, burst: 10, admissionSeconds: 600), phase: .open)
    }

    @Test func placeIsKeptForADayAfterEnteringLast() async throws {
        let hour = Mutex(Int64(0))
        let store = InProcessRoomStore(now: { start + .seconds(hour.withLock { $0 } * 3_600) })
        let first = try await store.enter(eventID: "event", userID: "alice", initial: room).place
        for hours in stride(from: Int64(20), through: 200, by: 20) {
            hour.withLock { $0 = hours }
            let place = try await store.enter(eventID: "event", userID: "alice", initial: room).place
            #expect(place == first, "asked for every 20 hours")
            _ = try await store.enter(eventID: "event", userID: "passer-by-\(hours)", initial: room)
        }
        #expect(store.placeCount <= 4, "who never came back is forgotten")
        hour.withLock { $0 = 300 }
        _ = try await store.enter(eventID: "event", userID: "bob", initial: room)
        hour.withLock { $0 = 400 }
        let anew = try await store.enter(eventID: "event", userID: "alice", initial: room).place
        #expect(anew.number > first.number)
        #expect(anew.epoch == 3)
    }

    @Test func rememberedPlacesAreBoundedAndNumbersStayUnique() async throws {
        let store = InProcessRoomStore(placeLimit: 1_000)
        var numbers: Set<Int64> = []
        for number in 0..<5_000 {
            let place = try await store.enter(eventID: "event", userID: "user-\(number)", initial: room).place
            #expect(numbers.insert(place.number).inserted)
        }
        #expect(store.placeCount <= 1_000)
        let again = try await store.enter(eventID: "event", userID: "user-4999", initial: room).place
        #expect(again.number == 4_999, "the latest are remembered")
        #expect(try await store.room(eventID: "event")?.issued == 5_000)
    }
}
