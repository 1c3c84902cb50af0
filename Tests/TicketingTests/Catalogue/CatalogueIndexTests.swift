import Foundation
import Testing
import Ticketing

@Suite struct CatalogueIndexTests {
    @Test func `a text of the same letters in other bytes is no id`() throws {
        let index = CatalogueIndex(
            try EventCatalogue(
                event: .init(
                    id: "event", name: "Event", currency: "KRW", salesOpenAt: Date(timeIntervalSince1970: 0),
                    startsAt: Date(timeIntervalSince1970: 1), purchaseLimit: 4),
                sections: [.init(id: "K", name: "K", seats: [.init(id: "K1", row: 1, number: 1, priceMinor: 1)])]))
        let (kelvin, seat) = ("\u{212A}", "\u{212A}1")
        #expect(kelvin == "K" && seat == "K1", "so says Swift")
        #expect(index.section("K") != nil && index.seat("K1") != nil && index.key("K1")?.seatID == "K1")
        #expect(index.section(kelvin) == nil && index.seat(seat) == nil && index.key(seat) == nil)
    }
}
