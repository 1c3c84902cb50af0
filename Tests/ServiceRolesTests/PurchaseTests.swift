import Foundation
import ServiceRoles
import Testing
import Ticketing

struct PurchaseTests {
    @Test func aWholePurchaseEndsWithTickets() async throws {
        let roles = try await RoleHarness()
        #expect(try await roles.hold(["R1C1", "R1C2"]).status == 200)
        let intent = try await roles.intent(["R1C1", "R1C2"])
        #expect(intent.status == 201)
        #expect(intent.json["amount"] as? Int == 30_000)
        #expect(intent.header("Location") == "/confirm/status?idem=intent-key")
        let accepted = try await roles.commit(intent.text("intentId"), ["R1C1", "R1C2"])
        #expect(accepted.status == 202)
        #expect(accepted.body == #"{"accepted":true,"idem":"commit-key","status":"PROCESSING"}"#)

        let before = try await roles.get("/confirm/status?idem=commit-key")
        #expect(before.header("Retry-After") == "1")
        #expect((before.json["order"] as? [String: Any])?["status"] as? String == "PROCESSING")
        try await roles.work()
        for key in ["commit-key", "intent-key"] {
            let after = try await roles.get("/confirm/status?idem=\(key)")
            let order = try #require(after.json["order"] as? [String: Any])
            #expect(order["status"] as? String == "CONFIRMED")
            #expect((order["tickets"] as? [[String: Any]])?.count == 2)
            #expect((after.json["payment"] as? [String: Any])?["status"] as? String == "CAPTURED")
            let etag = try #require(after.header("ETag"))
            #expect(try await roles.get("/confirm/status?idem=\(key)", [("If-None-Match", etag)]).status == 304)
        }
        let summary = try await roles.get("/public/summary/event-0001/A")
        #expect(summary.json["seatsAvailable"] as? Int == 248)
        #expect(try await roles.hold(["R1C1"], as: "bob").error == "seat_already_held_or_sold")
    }

    @Test func aReplayIsTheFirstAnswerByteForByte() async throws {
        let roles = try await RoleHarness()
        _ = try await roles.hold(["R1C1"])
        let first = try await roles.intent(["R1C1"])
        let again = try await roles.intent(["R1C1"])
        #expect((first.status, again.status) == (201, 200))
        #expect(first.body == again.body && first.header("Location") == again.header("Location"))
        #expect(first.header("X-Idempotent-Replay") == nil)
        #expect(again.header("X-Idempotent-Replay") == "true" && again.header("Idempotent-Replayed") == "true")
        #expect(try await roles.intent(["R1C2"]).error == "idempotency_key_reused")

        let accepted = try await roles.commit(first.text("intentId"), ["R1C1"])
        try await roles.work()
        let repeated = try await roles.commit(first.text("intentId"), ["R1C1"])
        #expect((accepted.status, repeated.status) == (202, 202) && accepted.body == repeated.body)
        #expect(repeated.header("Idempotent-Replayed") == "true")
        #expect(try await roles.commit("other", ["R1C1"]).error == "idempotency_key_reused")
        #expect(try await roles.commit(first.text("intentId"), ["R1C1"], as: "bob").error == "idempotency_key_reused")
    }

    @Test func aRefusalIsReplayedToo() async throws {
        let roles = try await RoleHarness()
        let refused = try await roles.intent(["R1C1"])
        #expect((refused.status, refused.error) == (409, "seat_not_held"))
        _ = try await roles.hold(["R1C1"])
        let replayed = try await roles.intent(["R1C1"])
        #expect(replayed.status == 409 && replayed.body == refused.body)
        #expect(replayed.header("X-Idempotent-Replay") == "true")
        #expect(try await roles.intent(["R1C1"], key: "another-key").status == 201)

        let absent = try await roles.commit("int_none", ["R1C1"])
        #expect((absent.status, absent.error) == (404, "intent_not_found"))
        #expect(try await roles.commit("int_none", ["R1C1"]).header("Idempotent-Replayed") == "true")
    }

    @Test func untilItEndsAHoldIsItsHoldersAndThenAnybodys() async throws {
        var settings = RoleSettings()
        settings.holdDuration = .seconds(30)
        let roles = try await RoleHarness(settings: settings)
        let held = try await roles.hold(["R1C1"])
        roles.advance(by: .milliseconds(29_999))
        #expect(try await roles.hold(["R1C1"]).body == held.body, "the same hold again")
        #expect(try await roles.hold(["R1C1"], as: "bob").status == 409)
        roles.advance(by: .milliseconds(1))
        #expect(try await roles.intent(["R1C1"]).error == "hold_expired")
        #expect(try await roles.hold(["R1C1"], as: "bob").status == 200)
    }

    @Test func anExpiredHoldIsCommittedAsLongAsTheSeatsAreFree() async throws {
        var settings = RoleSettings()
        settings.holdDuration = .seconds(30)
        let roles = try await RoleHarness(settings: settings)
        _ = try await roles.hold(["R1C1"])
        _ = try await roles.hold(["R1C2"], as: "bob")
        let alice = try await roles.intent(["R1C1"]).text("intentId")
        let bob = try await roles.intent(["R1C2"], as: "bob", key: "intent-bob").text("intentId")
        roles.advance(by: .seconds(31))
        _ = try await roles.hold(["R1C2"], as: "carol")
        #expect(try await roles.commit(alice, ["R1C1"]).status == 202)
        let late = try await roles.commit(bob, ["R1C2"], as: "bob", key: "commit-bob")
        #expect((late.status, late.error) == (410, "hold_expired"))
    }

    @Test func aCommitMustBeTheIntents() async throws {
        let roles = try await RoleHarness()
        _ = try await roles.hold(["R1C1", "R1C2"])
        _ = try await roles.hold(["R1C3"], as: "bob")
        let intent = try await roles.intent(["R1C1", "R1C2"]).text("intentId")
        #expect(try await roles.commit(intent, ["R1C1"], key: "key-seats").error == "intent_mismatch")
        #expect(
            try await roles.commit(intent, ["R1C1", "R1C2"], as: "bob", key: "key-user").error == "intent_mismatch")
        #expect(try await roles.commit(intent, ["R1C1", "nowhere"], key: "key-seat").error == "seat_not_found")
        #expect(
            try await roles.commit(intent, ["R1C2", "R1C1", "R1C1"], key: "key-good").status == 202, "in any order")
        #expect(try await roles.commit(intent, ["R1C1", "R1C2"], key: "key-twice").error == "seat_not_held")
    }

    @Test func aPaymentDecidesWhereOneIsNeeded() async throws {
        var settings = RoleSettings()
        settings.requiresPayment = true
        let roles = try await RoleHarness(settings: settings)
        _ = try await roles.hold(["R1C1"])
        let intent = try await roles.intent(["R1C1"]).text("intentId")
        let early = try await roles.commit(intent, ["R1C1"], key: "too-early")
        #expect((early.status, early.error) == (402, "payment_required"))

        func report(_ type: String, _ reference: String, _ amount: Int = 15_000) -> String {
            #"{"eventType":"\#(type)","intentId":"\#(intent)","providerRef":"\#(reference)","amount":\#(amount)}"#
        }
        #expect(try await roles.report(report("approved", "ref-1", 14_999)).error == "amount_mismatch")
        #expect(try await roles.report(report("declined", "ref-1")).status == 200)
        #expect(try await roles.commit(intent, ["R1C1"], key: "declined-1").error == "payment_declined")
        #expect(try await roles.report(report("approved", "ref-2")).status == 200)
        #expect(try await roles.report(report("approved", "ref-2")).status == 200, "a repeat")
        #expect(
            try await roles.report(report("approved", "ref-2"), at: roles.now + .seconds(-301)).error == "bad_signature"
        )
        #expect(try await roles.commit(intent, ["R1C1"]).status == 202)
        try await roles.work()
        let status = try await roles.get("/confirm/status?idem=commit-key")
        #expect((status.json["payment"] as? [String: Any])?["providerRef"] as? String == "ref-2")
        #expect((status.json["payment"] as? [String: Any])?["status"] as? String == "CAPTURED")
    }
}
