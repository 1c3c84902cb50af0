import ServiceRoles
import Synchronization
import TestSupport
import Testing
import TicketStores
import Ticketing

/// Two processes with one store of rooms, no loop of their own, and a store that the tests change as a third would.
struct RoomTests {
    private let store = InProcessRoomStore()

    private func process() async throws -> RoleHarness {
        var settings = RoleSettings()
        settings.room = RoomSettings(ratePerSecond: 1, burst: 2, admissionSeconds: 600)
        return try await RoleHarness(settings: settings) { backends in
            var backends = backends
            backends.rooms = store
            return backends
        }
    }

    private func change(_ body: (inout RoomState) -> Void) async throws {
        var room = try #require(try await store.room(eventID: "event-0001"))
        let version = room.version
        body(&room)
        #expect(try await store.replace(eventID: "event-0001", with: room, ifVersion: version))
    }

    private func hold(_ seat: String, _ token: String, in process: RoleHarness) async throws -> RoleHarness.Answer {
        try await process.post(
            "/public/hold", #"{"eventId":"event-0001","seatId":"\#(seat)"}"#, [("x-room-token", token)])
    }

    private func status(_ token: String, in process: RoleHarness) async throws -> RoleHarness.Answer {
        try await process.get("/public/room-status?token=\(token)")
    }

    @Test func whoWasToldReadyIsServedEvenByAProcessThatIsBehind() async throws {
        let (one, other) = (try await process(), try await process())
        // The other one knows the room as it is now: two places are open.
        #expect(try await status(try await other.token("early"), in: other).json["ready"] as? Bool == true)
        let tokens = try await [one.token("a"), one.token("b")]
        #expect(try await status(tokens[1], in: one).json["ready"] as? Bool == false)
        try await change { $0.serving = 3 }
        #expect(try await hold("R1C1", tokens[1], in: other).status == 200, "it asks before it refuses")
    }

    @Test(arguments: [RoomState.Supply.held, .soldOut])
    func anAdmissionIsKeptWhenNothingIsLeftToSell(supply: RoomState.Supply) async throws {
        let (one, other) = (try await process(), try await process())
        let token = try await one.token("alice")
        #expect(try await status(token, in: one).json["ready"] as? Bool == true)
        // No tick has noted the admission yet.
        try await change { $0.supply = supply }
        for process in [other, one] {
            #expect(try await status(token, in: process).json["ready"] as? Bool == true)
            #expect(try await hold("R1C1", token, in: process).status == 200)
        }
        // Who comes now waits, though a place is open.
        let late = try await one.token("bob")
        #expect(try await hold("R1C2", late, in: one).error == "not_admitted")
        let answer = try await status(late, in: other)
        #expect(
            answer.json["ready"] as? Bool == false && answer.json["leftSec"] as? Int == answer.json["etaSec"] as? Int)
        #expect(answer.json["etaSec"] as? Int == (supply == .soldOut ? 604_800 : 1))
        #expect(try await hold("R1C2", late, in: other).error == "not_admitted")
    }

    @Test func aWaitingBuyerIsNotRefusedByAProcessThatCannotKnow() async throws {
        let outage = Outage()
        let roles = try await RoleHarness(
            settings: {
                var settings = RoleSettings()
                settings.room = RoomSettings(ratePerSecond: 1, burst: 1, admissionSeconds: 600)
                return settings
            }()
        ) { backends in
            var backends = backends
            backends.rooms = FailingRooms(store: store, outage: outage)
            return backends
        }
        _ = try await roles.token("alice")
        let token = try await roles.token("bob")
        outage.begin()
        let refused = try await hold("R1C1", token, in: roles)
        #expect((refused.status, refused.error) == (503, "cache_unavailable"))
        #expect(try await status(token, in: roles).json["ready"] as? Bool == false, "a poll costs no call")
    }

    @Test func usersOfTheSameLettersInOtherBytesAreTwo() async throws {
        let roles = try await RoleHarness()
        let (composed, decomposed) = ("Zo\u{EB}", "Zoe\u{308}")
        #expect(composed == decomposed)
        _ = try await roles.hold(["R1C1"], as: composed)
        #expect(try await roles.intent(["R1C1"], as: decomposed, key: "key-other").error == "seat_not_held")
        let intent = try await roles.intent(["R1C1"], as: composed).text("intentId")
        #expect(
            try await roles.commit(intent, ["R1C1"], as: decomposed, key: "commit-other").error == "intent_mismatch")
        let token = try await roles.token(decomposed)
        let foreign = try await roles.post(
            "/confirm/payment-intent", #"{"userId":"\#(composed)","eventId":"event-0001","seatIds":["R1C1"]}"#,
            [("Idempotency-Key", "key-third"), ("x-room-token", token)])
        #expect(foreign.error == "room_token_invalid")
        #expect(try await roles.commit(intent, ["R1C1"], as: composed).status == 202)
    }
}
