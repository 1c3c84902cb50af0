import Foundation
import Testing
import TicketStores
import Ticketing

@Suite struct CatalogueChecksumTests {
    /// Stands in stamps and decides whether step 08 runs: it changes with the content of the demo and with nothing else.
    @Test func theDemosChecksumIsKnown() {
        #expect(EventCatalogue.demo.checksum == "3b4512fe360704c013598cec7e9bce3846065f0c9fae735d62e456a27aaf81f0")
    }

    @Test func aCatalogueThatWentThroughJSONHasTheSame() throws {
        let data = try JSONEncoder().encode(EventCatalogue.demo)
        #expect(try JSONDecoder().decode(EventCatalogue.self, from: data).checksum == EventCatalogue.demo.checksum)
    }

    private typealias Change = @Sendable (inout EventCatalogue.Event, inout [EventCatalogue.Section]) -> Void

    private static let changes: [Change] = [
        { event, _ in event.id = "event-0002" }, { event, _ in event.name += "!" },
        { event, _ in event.currency = "USD" }, { event, _ in event.salesOpenAt += 1 },
        { event, _ in event.startsAt += 1 }, { event, _ in event.purchaseLimit += 1 },
        { _, sections in sections[0].id = "Z" }, { _, sections in sections[0].name += "!" },
        { _, sections in sections.swapAt(0, 1) }, { _, sections in sections[3].seats.removeLast() },
        { _, sections in sections[0].seats[0].id = "first" }, { _, sections in sections[0].seats[0].row = 99 },
        { _, sections in sections[0].seats[0].number = 99 }, { _, sections in sections[0].seats[0].priceMinor += 1 },
    ]

    @Test func everyChangeOfTheContentChangesIt() throws {
        var checksums: Set = [EventCatalogue.demo.checksum]
        for change in Self.changes {
            var (event, sections) = (EventCatalogue.demo.event, EventCatalogue.demo.sections)
            change(&event, &sections)
            checksums.insert(try EventCatalogue(event: event, sections: sections).checksum)
        }
        #expect(checksums.count == Self.changes.count + 1)
    }
}
