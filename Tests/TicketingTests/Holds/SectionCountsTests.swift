import Testing
import Ticketing

@Suite struct SectionCountsTests {
    @Test func `every seat is counted once, by its state now`() throws {
        let section = try #require(CatalogueIndex(.demo).section("A"))
        let held = SeatState.HeldSeat(holdID: "h", userID: "u", expiresAt: Sample.now)
        let states: [String: SeatState] = [
            "R1C1": .held(held), "R1C2": .held(held), "R1C3": .pinned(userID: "u", idem: "i"),
            "R1C4": .sold(userID: "u", idem: "i"), "R1C5": .sold(userID: "u", idem: "i"),
            "R11C1": .sold(userID: "u", idem: "i"),
        ]
        let before = SectionCounts(of: section, states: states, at: Sample.now + .milliseconds(-1))
        #expect(before.free == 245 && before.held == 2 && before.pinned == 1 && before.sold == 2)
        let after = SectionCounts(of: section, states: states, at: Sample.now)
        #expect(after.free == 247 && after.held == 0 && after.pinned == 1 && after.sold == 2)
    }
}
