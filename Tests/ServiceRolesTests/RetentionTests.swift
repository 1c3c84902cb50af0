import ServiceRoles
import Testing
import Ticketing

struct RetentionTests {
    private let day: Duration = .seconds(86_400)

    @Test func whatASaleNeedsIsKeptAndTheRestIsForgottenInTime() async throws {
        let roles = try await RoleHarness()
        _ = try await roles.hold(["R1C1"])
        let sold = try await roles.intent(["R1C1"]).text("intentId")
        #expect(try await roles.commit(sold, ["R1C1"]).status == 202)
        try await roles.work()
        _ = try await roles.hold(["R1C2"], as: "bob")
        let unused = try await roles.intent(["R1C2"], as: "bob", key: "unused-key").text("intentId")
        let order = try await roles.get("/confirm/status?idem=commit-key").body

        let (holds, ledger) = (roles.context.backends.holds, roles.context.backends.ledger)
        var loop = RetentionLoop(roles.context)
        // The harness's clock is behind the database's, by which answers are dated.
        roles.advance(by: Timestamp.now() - roles.now)
        roles.advance(by: .seconds(6 * 86_400))
        _ = try await loop.pass()
        #expect(try await holds.commit(idem: "commit-key") == nil, "made when the clock was behind")
        #expect(try await ledger.intentAnswer(userID: "bob", idem: "unused-key") != nil)

        roles.advance(by: day + .seconds(60))
        while try await loop.pass() {}
        #expect(try await ledger.intentAnswer(userID: "bob", idem: "unused-key") == nil)
        roles.advance(by: .seconds(31 * 86_400))
        while try await loop.pass() {}
        #expect(try await ledger.intent(unused) == nil)
        #expect(try await ledger.intent(sold)?.payment?.status == .captured)
        #expect(try await roles.get("/confirm/status?idem=commit-key").body == order)
        #expect(try await roles.get("/confirm/status?idem=intent-key").body == order)
        #expect(try await roles.get("/confirm/status?idem=unused-key").status == 404)
        // The same purchase under the same key, long after: the hold has ended and the seat is sold.
        #expect(try await roles.commit(sold, ["R1C1"]).error == "hold_expired")
        #expect(Retention.answers >= day)
    }

    @Test func aKeyThatIsUsedAgainAfterItsAnswerWasForgottenSpeaksOfTheLatest() async throws {
        let roles = try await RoleHarness()
        _ = try await roles.hold(["R1C1"])
        _ = try await roles.intent(["R1C1"])
        _ = try await roles.context.backends.ledger.purgeAnswers(before: .now() + day, limit: 10)
        roles.advance(by: .seconds(1_000))
        _ = try await roles.hold(["R1C2"])
        #expect(try await roles.intent(["R1C2"]).status == 201)
        #expect(try await roles.get("/confirm/status?idem=intent-key").status == 200)
    }
}
