import ServiceRoles
import Testing
import TicketStores
import Ticketing

struct OutageTests {
    @Test func aCommitIsPromisedWithoutTheQueueAndRepairedLater() async throws {
        let outage = Outage()
        let roles = try await RoleHarness { backends in
            var backends = backends
            backends.queue = FailingQueue(queue: backends.queue, outage: outage)
            return backends
        }
        _ = try await roles.hold(["R1C1"])
        let intent = try await roles.intent(["R1C1"]).text("intentId")
        outage.begin()
        #expect(try await roles.commit(intent, ["R1C1"]).status == 202)
        await roles.context.drainOutbox()
        #expect(try await roles.queue.depth().visible == 0)
        #expect(try await roles.get("/confirm/ready").status == 200, "it can do without")

        outage.end()
        let repair = RepairLoop(roles.context)
        #expect(try await repair.pass() == 0, "it may still be on its way")
        roles.advance(by: .seconds(6))
        #expect(try await repair.pass() == 1)
        #expect(try await repair.pass() == 0, "once")
        try await roles.work()
        let status = try await roles.get("/confirm/status?idem=commit-key")
        #expect((status.json["order"] as? [String: Any])?["status"] as? String == "CONFIRMED")
    }

    @Test(arguments: [
        (StoreError.Kind.unavailable, 503, "unavailable"), (.overloaded, 503, "overloaded"),
        (.outcomeUnknown, 503, "unavailable"),
    ])
    func anOutageOfTheHoldsIsSaidAndNothingIsStored(
        kind: StoreError.Kind, status: Int, code: String
    ) async throws {
        let outage = Outage()
        let roles = try await RoleHarness { backends in
            var backends = backends
            backends.holds = FailingHolds(store: backends.holds, outage: outage)
            return backends
        }
        _ = try await roles.hold(["R1C1"])
        outage.begin(kind)
        let refused = try await roles.intent(["R1C1"])
        #expect((refused.status, refused.error) == (status, code))
        #expect(refused.header("Retry-After") == "1")
        #expect(!refused.body.contains("secret words"))
        #expect(try await roles.hold(["R1C2"]).status == status)
        #expect(try await roles.get("/public/health").status == 200)
        #expect(try await roles.get("/public/ready").status == 503)
        outage.end()
        #expect(try await roles.intent(["R1C1"]).status == 201, "the same key again")
        #expect(try await roles.get("/public/ready").status == 200)
    }

    @Test func cachedCountsBridgeAnOutageForAMinute() async throws {
        let outage = Outage()
        let roles = try await RoleHarness { backends in
            var backends = backends
            backends.holds = FailingHolds(store: backends.holds, outage: outage)
            return backends
        }
        #expect(try await roles.get("/public/summary/event-0001/A").header("X-Cache") == "miss")
        outage.begin()
        roles.advance(by: .seconds(40))
        let stale = try await roles.get("/public/summary/event-0001/A")
        #expect(stale.status == 200 && stale.header("Age") == "40")
        roles.advance(by: .seconds(21))
        #expect(try await roles.get("/public/summary/event-0001/A").status == 503)
    }

    @Test func withoutTheRoomsNobodyEntersAndTheAdmittedGoOn() async throws {
        let outage = Outage()
        let roles = try await RoleHarness { backends in
            var backends = backends
            backends.rooms = FailingRooms(store: backends.rooms, outage: outage)
            return backends
        }
        let token = try await roles.token()
        outage.begin()
        let refused = try await roles.post("/public/enter", #"{"userId":"bob","eventId":"event-0001"}"#)
        #expect((refused.status, refused.error) == (503, "cache_unavailable"))
        #expect(try await roles.get("/public/room-status?token=\(token)").json["ready"] as? Bool == true)
        let held = try await roles.post(
            "/public/hold", #"{"eventId":"event-0001","seatId":"R1C1"}"#, [("x-room-token", token)])
        #expect(held.status == 200)
        #expect(try await roles.get("/public/ready").status == 200)
    }

    @Test func aPoisonMessageIsSetAsideAndDelaysNobody() async throws {
        let roles = try await RoleHarness()
        _ = try await roles.hold(["R1C1"])
        let intent = try await roles.intent(["R1C1"]).text("intentId")
        try await roles.queue.send(
            CommitMessage(
                idem: "poison-key",
                order: CommitOrder(intentId: intent, eventId: "event-0001", seatIds: [], userId: "x")))
        #expect(try await roles.commit(intent, ["R1C1"]).status == 202)
        try await roles.work()
        let status = try await roles.get("/confirm/status?idem=commit-key")
        #expect((status.json["order"] as? [String: Any])?["status"] as? String == "CONFIRMED")
    }
}
