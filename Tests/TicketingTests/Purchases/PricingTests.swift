import Testing

@testable import Ticketing

@Suite struct PricingTests {
    private let index = CatalogueIndex(.demo)

    @Test func `an intent costs the sum of its seats' prices`() throws {
        let intent = try Intent(
            intentID: "int_1", userID: "u", seatIDs: ["R11C1", "R1C1", "R40C25"], of: index, createdAt: Sample.now,
            expiresAt: Sample.now + .seconds(120))
        #expect(intent.pricesMinor == [12_000, 15_000, 6_000])
        #expect(intent.amountMinor == 33_000 && intent.currency == "JPY" && intent.eventID == "event-0001")
    }

    @Test func `seats that are none are all named`() {
        #expect(throws: PricingError.unknownSeats(["R0C0", "x"])) { try index.prices(of: ["R0C0", "R1C1", "x"]) }
    }

    @Test func `a sum never wraps`() {
        #expect(sum([]) == 0)
        #expect(sum([.max - 1, 1]) == .max)
        #expect(sum([.max, 1]) == nil)
    }
}
