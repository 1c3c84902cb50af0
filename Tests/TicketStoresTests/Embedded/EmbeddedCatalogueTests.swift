import Testing
import Ticketing

@testable import TicketStores

@Suite struct EmbeddedCatalogueTests {
    let folder = EmbeddedFolder()

    @Test func demoEventIsSeededOnce() async throws {
        let database = try folder.open()
        let first = try await database.seed(.demo)
        #expect(
            first
                == SeedReport(
                    eventID: "event-0001", events: .init(inserted: 1), sections: .init(inserted: 4),
                    seats: .init(inserted: 1_000)))
        let again = try await database.seed(.demo)
        #expect(again.seats == .init(unchanged: 1_000))
        #expect(again.events == .init(unchanged: 1))
        #expect(again.sections == .init(unchanged: 4))
        #expect(try await SQLiteLedger(database).catalogue(eventID: "event-0001") == .demo)
        #expect(try await SQLiteLedger(database).eventIDs() == ["event-0001"])
    }

    @Test func changedCatalogueIsBroughtUpToDate() async throws {
        let database = try folder.open()
        try await database.seed(.demo)
        var event = EventCatalogue.demo.event
        event.name = "Closing night"
        var sections = EventCatalogue.demo.sections
        sections[0].seats[0].priceMinor = 1
        let report = try await database.seed(try EventCatalogue(event: event, sections: sections))
        #expect(report.events == .init(updated: 1))
        #expect(report.seats == .init(updated: 1, unchanged: 999))
        let stored = try await SQLiteLedger(database).catalogue(eventID: "event-0001")
        #expect(stored?.event.name == "Closing night")
        #expect(stored?.sections[0].seats[0].priceMinor == 1)
    }

    @Test func priceOfASoldSeatIsFixed() async throws {
        let database = try folder.open()
        try await database.seed(.demo)
        let ledger = SQLiteLedger(database)
        let intent = Intent(
            intentID: "intent-1", userID: "alice", eventID: "event-0001", seatIDs: ["R1C1"], pricesMinor: [15_000],
            currency: "JPY", createdAt: Timestamp(milliseconds: 0), expiresAt: Timestamp(milliseconds: 1))
        let answer = RecordedAnswer(
            fingerprint: String(repeating: "a", count: 64), answer: StoredAnswer(status: 201, body: "{}"))
        _ = try await ledger.record(
            IntentAnswer(userID: "alice", idem: "quote-key", recorded: answer, intent: intent))
        let order = CommitOrder(intentId: "intent-1", eventId: "event-0001", seatIds: ["R1C1"], userId: "alice")
        let orders = try await ledger.decide(
            [DecisionRequest(idem: "commit-key", order: order, acceptedAt: Timestamp(milliseconds: 0))],
            capture: .withoutProvider)
        #expect(orders.map(\.status) == [.confirmed])

        var sections = EventCatalogue.demo.sections
        sections[0].seats[0].priceMinor = 1
        sections[0].seats[1].priceMinor = 1
        let changed = try EventCatalogue(event: EventCatalogue.demo.event, sections: sections)
        let error = try await #require(throws: TicketStoreError.self) { try await database.seed(changed) }
        #expect(error.code == .soldAtAnotherPrice)
        #expect(error.message.contains("1 sold seats of event-0001 would change their price or currency (R1C1)"))
        #expect(try await ledger.catalogue(eventID: "event-0001") == .demo, "all or nothing")
    }
}
