import HTTPServer
import ServiceRoles
import Testing
import Ticketing

struct ContractTests {
    @Test func routesAreTheContractsOperations() async throws {
        let roles = try await RoleHarness()
        let served = try RoleRoutes(Set(RoleRoutes.HTTPRole.allCases), context: roles.context).routes
        let routes = Dictionary(
            uniqueKeysWithValues: served.map { ("\($0.method.name) \($0.pattern)", $0.operationID) })
        #expect(routes == roles.contract.operations)
        #expect(routes.count == 18)
    }

    @Test func aRoleServesItsSliceOnly() async throws {
        let roles = try await RoleHarness()
        let slice = try RoleRoutes([.confirm], context: roles.context)
        #expect(slice.routes.allSatisfy { !$0.pattern.hasPrefix("/public/") })
        #expect(!slice.contract.json.contains("/public/hold") && slice.contract.json.contains("/confirm/commit"))
        #expect(slice.contract.page.contains("/confirm/commit") && !slice.contract.page.contains("{{contract}}"))
    }

    @Test(arguments: [
        (#"{}"#, "eventId: it is missing"), (#"{"eventId":""}"#, "eventId: it is empty"),
        (#"{"eventId":7}"#, "eventId: a text is expected"), (#"{"eventId":"e"}"#, "seatId: it is missing"),
        (#"{"eventId":"e","seatId":"a","seatIds":["a"]}"#, "send one of them"),
        (#"{"eventId":"e","seatIds":[]}"#, "1 to 10 seats"), (#"{"eventId":"e","seatIds":"a"}"#, "a list of texts"),
        (#"{"eventId":"e","seatIds":["a\u0000"]}"#, "control character"), (#"[]"#, "not a JSON object"),
        (#"{"eventId""#, "not JSON"), ("", "not JSON"),
    ])
    func aBadBodyIsNamed(body: String, message: String) async throws {
        let roles = try await RoleHarness()
        let answer = try await roles.post("/public/hold", body, [("x-room-token", "r1.x")])
        #expect((answer.status, answer.error) == (400, "bad_request"))
        #expect(answer.text("message").contains(message), "\(answer.body)")
    }

    @Test func aTokenIsOneUsersOfOneEvent() async throws {
        let roles = try await RoleHarness()
        let token = try await roles.token()
        func hold(_ headers: [(String, String)], event: String = "event-0001") async throws -> RoleHarness.Answer {
            try await roles.post("/public/hold", #"{"eventId":"\#(event)","seatId":"R1C1"}"#, headers)
        }
        #expect(try await hold([]).error == "room_token_invalid")
        #expect(try await hold([("x-room-token", token + "x")]).error == "room_token_invalid")
        #expect(try await hold([("x-room-token", token)], event: "event-0002").error == "room_token_invalid")
        #expect(try await roles.get("/public/room-status?token=abc").status == 401)
        #expect(try await roles.get("/public/room-status").status == 400)
        roles.advance(by: .seconds(100_000))
        #expect(try await hold([("x-room-token", token)]).error == "room_expired")
    }

    @Test func whoWaitsIsNotAdmittedAndASecondEntryKeepsThePlace() async throws {
        var settings = RoleSettings()
        settings.room = RoomSettings(ratePerSecond: 1, burst: 1, admissionSeconds: 600)
        let roles = try await RoleHarness(settings: settings)
        #expect(try await roles.hold(["R1C1"]).status == 200)
        let waiting = try await roles.post("/public/enter", #"{"userId":"bob","eventId":"event-0001"}"#)
        #expect(waiting.json["position"] as? Int == 1 && waiting.json["etaSec"] as? Int == 1)
        #expect(try await roles.hold(["R1C2"], as: "bob").error == "not_admitted")
        let status = try await roles.get("/public/room-status?token=\(waiting.text("roomToken"))")
        #expect(status.json["ready"] as? Bool == false)
        _ = try await roles.token("carol")
        let again = try await roles.post("/public/enter", #"{"userId":"bob","eventId":"event-0001"}"#)
        #expect(again.json["position"] as? Int == 1)
    }

    @Test func aHoldThatLostOffersAlternatives() async throws {
        let roles = try await RoleHarness()
        _ = try await roles.hold(["R1C1", "R1C2"])
        let lost = try await roles.hold(["R1C2", "R1C3"], as: "bob")
        #expect(lost.status == 409 && lost.json["seatIds"] as? [String] == ["R1C2"])
        let sets = try #require(lost.json["alternatives"] as? [[String]])
        #expect(sets.count == 5 && sets.allSatisfy { $0.count == 2 && !$0.contains("R1C2") })
        #expect(try await roles.hold(sets[0], as: "bob").status == 200)
    }

    @Test func theLimitIsTheEvents() async throws {
        let roles = try await RoleHarness()
        #expect(try await roles.hold((1...10).map { "R1C\($0)" }).status == 200)
        let refused = try await roles.hold(["R2C1"])
        #expect((refused.status, refused.error) == (422, "purchase_limit"))
        let token = try await roles.token()
        let released = try await roles.post(
            "/public/release", #"{"eventId":"event-0001","seatId":"R1C1"}"#, [("x-room-token", token)])
        #expect(released.body == #"{"released":true}"#)
        #expect(try await roles.hold(["R2C1"]).status == 200)
        let bob = try await roles.token("bob")
        let others = try await roles.post(
            "/public/release", #"{"eventId":"event-0001","seatId":"R1C2"}"#, [("x-room-token", bob)])
        #expect(others.body == #"{"released":false}"#)
    }

    @Test func cachedReadsAreCondensedAndConditional() async throws {
        let roles = try await RoleHarness()
        let first = try await roles.get("/public/summary/event-0001/B")
        #expect(first.header("X-Cache") == "miss" && first.header("Age") == "0")
        #expect(first.header("Cache-Control") == "public, max-age=1, s-maxage=10, stale-while-revalidate=10")
        let second = try await roles.get("/public/summary/event-0001/B")
        #expect(second.header("X-Cache") == "hit-local" && second.body == first.body)
        let etag = try #require(second.header("ETag"))
        let known = try await roles.get("/public/summary/event-0001/B", [("If-None-Match", "W/\(etag), \"x\"")])
        #expect(known.status == 304 && known.body.isEmpty)
        #expect(try await roles.get("/public/summary/event-0001/E").error == "section_not_found")
        #expect(try await roles.get("/public/summary/nothing/A").error == "event_not_found")

        let map = try await roles.get("/public/seats/event-0001")
        let sections = try #require(map.json["sections"] as? [[String: Any]])
        #expect(sections.compactMap { ($0["seats"] as? [Any])?.count } == [250, 250, 250, 250])
        #expect(map.json["cursor"] == nil)
        #expect(try await roles.get("/public/seats/event-0001?cursor=x").error == "bad_request")
    }

    @Test func parallelIntentsUnderOneKeyHaveOneWinner() async throws {
        let roles = try await RoleHarness()
        _ = try await roles.hold(["R1C1"])
        let answers = try await withThrowingTaskGroup(of: RoleHarness.Answer.self) { group in
            for _ in 0..<50 { group.addTask { try await roles.intent(["R1C1"]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count { $0.status == 201 } == 1)
        #expect(answers.count { $0.status == 200 } == 49)
        #expect(Set(answers.map(\.body)).count == 1)
    }
}
