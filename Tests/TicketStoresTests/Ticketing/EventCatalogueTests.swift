import Foundation
import Testing
import Ticketing

@Suite struct EventCatalogueTests {
    @Test func theDemoHasFourSectionsOf250Seats() {
        let demo = EventCatalogue.demo
        #expect(demo.event.id == "event-0001")
        #expect(demo.sections.map(\.id) == ["A", "B", "C", "D"])
        #expect(demo.sections.map(\.seats.count) == [250, 250, 250, 250])
        #expect(demo.sections.map { $0.seats[0].id } == ["R1C1", "R11C1", "R21C1", "R31C1"])
        #expect(demo.sections.map { $0.seats[249].id } == ["R10C25", "R20C25", "R30C25", "R40C25"])
        #expect(demo.seatCount == 1_000)
    }

    @Test func aCatalogueSurvivesJSON() throws {
        let data = try JSONEncoder().encode(EventCatalogue.demo)
        #expect(try JSONDecoder().decode(EventCatalogue.self, from: data) == .demo)
    }

    private typealias Change = @Sendable (inout EventCatalogue.Event, inout [EventCatalogue.Section]) -> Void

    private static let refusals: [(change: Change, error: String)] = [
        ({ event, _ in event.id = "" }, "catalogue: event: an id is 1 to 128 of A-Z a-z 0-9 . _ -"),
        ({ event, _ in event.id = "a#b" }, "catalogue: event: an id is 1 to 128 of A-Z a-z 0-9 . _ -"),
        (
            { event, _ in event.id = String(repeating: "a", count: 129) },
            "catalogue: event: an id is 1 to 128 of A-Z a-z 0-9 . _ -"
        ),
        (
            { event, _ in event.name = "a\nb" },
            "catalogue: event: a name is 1 to 200 characters without control characters"
        ),
        (
            { event, _ in event.currency = "jpy" },
            "catalogue: event: currency is not three upper-case letters (ISO 4217)"
        ),
        ({ event, _ in event.purchaseLimit = 0 }, "catalogue: event: purchaseLimit is not within 1 to 100"),
        ({ event, _ in event.startsAt = event.salesOpenAt }, "catalogue: event: salesOpenAt is not before startsAt"),
        ({ _, sections in sections = [] }, "catalogue: event: it has 0 seats, not 1 to 200000"),
        ({ _, sections in sections[1].id = "A" }, "catalogue: section A: its id is used twice"),
        (
            { _, sections in sections[1].seats[0].id = "R1C1" },
            "catalogue: section B, seat R1C1: its id is used twice in the event"
        ),
        (
            { _, sections in sections[0].seats[1].number = 1 },
            "catalogue: section A, seat R1C2: its row and number are another seat's"
        ),
        (
            { _, sections in sections[0].seats[0].row = 0 },
            "catalogue: section A, seat R1C1: row or number is not within 1 to 10000"
        ),
        (
            { _, sections in sections[0].seats[0].priceMinor = -1 },
            "catalogue: section A, seat R1C1: priceMinor is not within 0 to 1000000000000"
        ),
    ]

    @Test(arguments: refusals.indices)
    func whatCannotBeSoldIsRefused(index: Int) throws {
        let (change, expected) = Self.refusals[index]
        var event = EventCatalogue.demo.event
        var sections = EventCatalogue.demo.sections
        change(&event, &sections)
        let error = #expect(throws: CatalogueError.self) { try EventCatalogue(event: event, sections: sections) }
        #expect(error?.description == expected)
    }
}
