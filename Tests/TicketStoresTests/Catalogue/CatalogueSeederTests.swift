import PostgresClient
import TestSupport
import Testing
import TicketStores
import Ticketing

@Suite struct CatalogueSeederTests {
    private func withSchema(
        _ body: (PostgresConnection, PostgresConfiguration) async throws -> Void
    ) async throws {
        try await PostgresServer.withDatabase { connection, configuration in
            _ = try await MigrationRunner(toolVersion: "1").migrate(connection)
            try await body(connection, configuration)
        }
    }

    private func demo(
        changing change: (inout EventCatalogue.Event, inout [EventCatalogue.Section]) -> Void
    ) throws -> EventCatalogue {
        var event = EventCatalogue.demo.event
        var sections = EventCatalogue.demo.sections
        change(&event, &sections)
        return try EventCatalogue(event: event, sections: sections)
    }

    @Test func theDemoIsSeededOnceAndASecondTimeChangesNothing() async throws {
        try await withSchema { connection, _ in
            let first = try await CatalogueSeeder().seed(.demo, on: connection)
            #expect(first.events == SeedCount(inserted: 1))
            #expect(first.sections == SeedCount(inserted: 4))
            #expect(first.seats == SeedCount(inserted: 1_000))
            // A row rewritten to the same values would have a new transaction id.
            let versions = "SELECT md5(string_agg(concat(seat_id, xmin), ',' ORDER BY seat_id)) FROM seats"
            let before = try await connection.scalar(versions)
            let second = try await CatalogueSeeder().seed(.demo, on: connection)
            #expect(second.events == SeedCount(unchanged: 1))
            #expect(second.sections == SeedCount(unchanged: 4))
            #expect(second.seats == SeedCount(unchanged: 1_000))
            #expect(try await connection.scalar(versions) == before)
            #expect(
                try await connection.scalar(
                    """
                    SELECT string_agg(concat_ws(' ', section_id, n, low, high, price), ', ' ORDER BY section_id) FROM (
                        SELECT section_id, count(*) AS n, min(row_number) AS low, max(row_number) AS high,
                               min(price_minor) AS price FROM seats GROUP BY section_id) AS s
                    """) == "A 250 1 10 15000, B 250 11 20 12000, C 250 21 30 9000, D 250 31 40 6000")
            #expect(
                try await connection.scalar("SELECT concat_ws(' ', currency, sales_open_at < now()) FROM events")
                    == "JPY t")
        }
    }

    @Test func seedsAtOnceInsertEachRowOnce() async throws {
        try await withSchema { connection, configuration in
            let inserted = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let connection = try await PostgresConnection.connect(configuration)
                        return try await CatalogueSeeder().seed(.demo, on: connection).seats.inserted
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(inserted.sorted() == [0, 0, 0, 1_000])
            #expect(try await connection.scalar("SELECT count(*) FROM seats") == "1000")
        }
    }

    @Test func aChangedCatalogueUpdatesOnlyWhatChanged() async throws {
        try await withSchema { connection, _ in
            _ = try await CatalogueSeeder().seed(.demo, on: connection)
            let changed = try demo { event, sections in
                event.name = "Second night"
                sections[1].name = "Balcony"
                sections[0].seats[0].priceMinor = 1
                sections[0].seats.append(.init(id: "R10C26", row: 10, number: 26, priceMinor: 2))
            }
            let report = try await CatalogueSeeder().seed(changed, on: connection)
            #expect(report.events == SeedCount(updated: 1))
            #expect(report.sections == SeedCount(updated: 1, unchanged: 3))
            #expect(report.seats == SeedCount(inserted: 1, updated: 1, unchanged: 999))
        }
    }

    @Test func thePriceOfASoldSeatIsFixed() async throws {
        try await withSchema { connection, _ in
            _ = try await CatalogueSeeder().seed(.demo, on: connection)
            try await connection.execute(
                script: """
                    INSERT INTO orders (idempotency_key, order_id, user_id, event_id, intent_id, seat_ids, status,
                                        total_minor, currency, decided_at)
                    VALUES ('key-0001', 'o1', 'u', 'event-0001', 'i1', '{R1C1}', 'CONFIRMED', 15000, 'JPY', now());
                    INSERT INTO tickets (ticket_id, order_id, user_id, event_id, seat_id, price_minor)
                    VALUES ('t1', 'o1', 'u', 'event-0001', 'R1C1', 15000);
                    """)
            let dearer = try demo { _, sections in for index in 0..<10 { sections[0].seats[index].priceMinor = 20_000 }
            }
            let price = await #expect(throws: TicketStoreError.self) {
                try await CatalogueSeeder().seed(dearer, on: connection)
            }
            #expect(price?.code == .soldAtAnotherPrice)
            #expect(price?.message.contains("1 sold seats of event-0001") == true)
            #expect(price?.message.contains("(R1C1)") == true)
            #expect(try await connection.scalar("SELECT count(*) FROM seats WHERE price_minor = 20000") == "0")

            let won = try demo { event, _ in event.currency = "KRW" }
            let currency = await #expect(throws: TicketStoreError.self) {
                try await CatalogueSeeder().seed(won, on: connection)
            }
            #expect(currency?.code == .soldAtAnotherPrice)
            #expect(try await connection.scalar("SELECT currency FROM events") == "JPY")

            try await connection.query("UPDATE tickets SET voided_at = now()")
            #expect(try await CatalogueSeeder().seed(dearer, on: connection).seats.updated == 10)
        }
    }

    @Test func aSeedThatFailsInTheMiddleLeavesNothing() async throws {
        try await withSchema { connection, _ in
            try await connection.query("ALTER TABLE seats ADD CONSTRAINT planted CHECK (seat_id <> 'R40C25')")
            let error = await #expect(throws: PostgresError.self) {
                try await CatalogueSeeder().seed(.demo, on: connection)
            }
            #expect(error?.constraint == "planted")
            #expect(try await connection.scalar("SELECT count(*) FROM events") == "0")
        }
    }

    @Test func aDatabaseWithoutTheSchemaNamesTheNextCommand() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let error = await #expect(throws: TicketStoreError.self) {
                try await CatalogueSeeder().seed(.demo, on: connection)
            }
            #expect(error?.code == .schemaMissing)
            #expect(error?.description.contains("run `tickctl db migrate` first") == true)
        }
    }

    @Test func whatIsSeededIsToldFromWhatASeedWouldChange() async throws {
        try await PostgresServer.withDatabase { connection, _ in
            let withoutSchema = try await CatalogueSeeder().isSeeded(.demo, on: connection)
            #expect(!withoutSchema)
            _ = try await MigrationRunner(toolVersion: "1").migrate(connection)
            let before = try await CatalogueSeeder().isSeeded(.demo, on: connection)
            #expect(!before)
            _ = try await CatalogueSeeder().seed(.demo, on: connection)
            let after = try await CatalogueSeeder().isSeeded(.demo, on: connection)
            #expect(after)
            for change in [
                "UPDATE events SET name = 'x'", "UPDATE events SET currency = 'USD'",
                "UPDATE events SET sales_open_at = sales_open_at - interval '1 second'",
                "UPDATE events SET starts_at = starts_at + interval '1 second'",
                "UPDATE events SET purchase_limit = 9", "UPDATE sections SET name = 'x' WHERE section_id = 'A'",
                "UPDATE sections SET position = 9 WHERE section_id = 'D'",
                "UPDATE seats SET price_minor = 1 WHERE seat_id = 'R40C25'",
                "UPDATE seats SET row_number = 99 WHERE seat_id = 'R1C1'",
                "UPDATE seats SET seat_number = 99 WHERE seat_id = 'R1C1'",
                "UPDATE seats SET section_id = 'B' WHERE seat_id = 'R1C1'", "DELETE FROM seats WHERE seat_id = 'R1C1'",
            ] {
                try await connection.query(change)
                let changed = try await CatalogueSeeder().isSeeded(.demo, on: connection)
                #expect(!changed, "\(change) was not seen")
                _ = try await CatalogueSeeder().seed(.demo, on: connection)
                let repaired = try await CatalogueSeeder().isSeeded(.demo, on: connection)
                #expect(repaired, "\(change) was not repaired")
            }
        }
    }

    @Test func whatTheDatabaseHasBeyondTheCatalogueDoesNotCount() async throws {
        try await withSchema { connection, _ in
            _ = try await CatalogueSeeder().seed(.demo, on: connection)
            try await connection.query("INSERT INTO seats VALUES ('event-0001', 'extra', 'A', 99, 1, 5)")
            let isSeeded = try await CatalogueSeeder().isSeeded(.demo, on: connection)
            #expect(isSeeded)
        }
    }
}
