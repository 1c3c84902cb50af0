internal import Foundation
public import PostgresClient
public import Ticketing

/// Writes a catalogue into the ledger database: all of it or nothing.
///
/// Seeding again changes nothing; a changed catalogue is brought up to date. What the catalogue no longer has stays,
/// because it may have been sold. The price of a sold seat and the currency of an event with sold seats are fixed: a
/// seed that would change them is refused whole. (A sale at the same instant is still right: a ticket keeps its price.)
public struct CatalogueSeeder: Sendable {
    /// How long to wait for another seeder or a migration.
    public var lockTimeout: Duration = .seconds(60)

    public init() {}

    /// - Throws: `TicketStoreError` (`soldAtAnotherPrice`, `schemaMissing`, `lockTimeout`); `PostgresError`.
    public func seed(_ catalogue: EventCatalogue, on connection: PostgresConnection) async throws -> SeedReport {
        do {
            return try await SchemaLock.holding(on: connection, within: lockTimeout) {
                try await connection.transaction { connection in
                    try await refuseChangeOfSold(catalogue, on: connection)
                    return SeedReport(
                        eventID: catalogue.event.id,
                        events: try await upsert(catalogue.event, on: connection),
                        sections: try await upsertSections(of: catalogue, on: connection),
                        seats: try await upsertSeats(of: catalogue, on: connection))
                }
            }
        } catch let error as PostgresError where error.sqlState == "42P01" {
            throw TicketStoreError(
                .schemaMissing, "the database has no catalogue tables", remedy: "run `tickctl db migrate` first",
                underlying: error)
        }
    }

    /// Whether the event, its sections and its seats with their prices stand as the catalogue says, so that a seed would
    /// change nothing. What the database has beyond the catalogue does not count. Takes no lock.
    ///
    /// - Returns: false, too, for a database without the schema.
    /// - Throws: `PostgresError`.
    public func isSeeded(_ catalogue: EventCatalogue, on connection: PostgresConnection) async throws -> Bool {
        let (event, sections) = (catalogue.event, catalogue.sections)
        let seats = sections.flatMap { section in section.seats.map { (section: section.id, seat: $0) } }
        do {
            let result = try await connection.query(
                """
                SELECT
                    (SELECT count(*) FROM events WHERE event_id = $1 AND name = $2 AND currency = $3
                        AND sales_open_at = to_timestamp($4::float8) AND starts_at = to_timestamp($5::float8)
                        AND purchase_limit = $6) AS events,
                    (SELECT count(*) FROM unnest($7::text[], $8::text[]) WITH ORDINALITY AS seed (id, name, position)
                        JOIN sections old ON old.event_id = $1 AND old.section_id = seed.id AND old.name = seed.name
                        AND old.position = seed.position) AS sections,
                    (SELECT count(*) FROM unnest($9::text[], $10::text[], $11::int[], $12::int[], $13::bigint[])
                        AS seed (id, section, row, number, price)
                        JOIN seats old ON old.event_id = $1 AND old.seat_id = seed.id AND old.section_id = seed.section
                        AND old.row_number = seed.row AND old.seat_number = seed.number
                        AND old.price_minor = seed.price) AS seats
                """,
                [
                    event.id, event.name, event.currency, event.salesOpenAt.timeIntervalSince1970,
                    event.startsAt.timeIntervalSince1970, event.purchaseLimit, sections.map(\.id), sections.map(\.name),
                    seats.map(\.seat.id), seats.map(\.section), seats.map(\.seat.row), seats.map(\.seat.number),
                    seats.map(\.seat.priceMinor),
                ])
            guard let counts = result.rows.first else { return false }
            return try counts.decode("events", as: Int.self) == 1
                && counts.decode("sections", as: Int.self) == sections.count
                && counts.decode("seats", as: Int.self) == seats.count
        } catch let error as PostgresError where error.sqlState == "42P01" {
            return false
        }
    }

    private func refuseChangeOfSold(_ catalogue: EventCatalogue, on connection: PostgresConnection) async throws {
        let seats = catalogue.sections.flatMap(\.seats)
        let result = try await connection.query(
            """
            SELECT seat.seat_id, count(*) OVER () AS total
            FROM unnest($2::text[], $3::bigint[]) AS seed (seat_id, price_minor)
            JOIN seats seat ON seat.event_id = $1 AND seat.seat_id = seed.seat_id
            JOIN events event ON event.event_id = $1
            JOIN tickets ticket ON ticket.event_id = $1 AND ticket.seat_id = seat.seat_id AND ticket.voided_at IS NULL
            WHERE seat.price_minor <> seed.price_minor OR event.currency <> $4
            ORDER BY seat.seat_id LIMIT 5
            """,
            [catalogue.event.id, seats.map(\.id), seats.map(\.priceMinor), catalogue.event.currency])
        guard let first = result.rows.first else { return }
        let total = try first.decode("total", as: Int.self)
        let names = try result.rows.map { try $0.decode("seat_id", as: String.self) }
        throw TicketStoreError(
            .soldAtAnotherPrice,
            "\(total) sold seats of \(catalogue.event.id) would change their price or currency "
                + "(\(names.joined(separator: ", "))\(total > names.count ? ", ..." : "")); nothing was changed",
            remedy: "keep the price of what has been sold")
    }

    private func upsert(_ event: EventCatalogue.Event, on connection: PostgresConnection) async throws -> SeedCount {
        try count(
            of: 1,
            try await connection.query(
                """
                INSERT INTO events AS old (event_id, name, currency, sales_open_at, starts_at, purchase_limit)
                VALUES ($1, $2, $3, to_timestamp($4::float8), to_timestamp($5::float8), $6)
                ON CONFLICT (event_id) DO UPDATE SET name = excluded.name, currency = excluded.currency,
                    sales_open_at = excluded.sales_open_at, starts_at = excluded.starts_at,
                    purchase_limit = excluded.purchase_limit
                WHERE old IS DISTINCT FROM excluded
                RETURNING xmax = 0 AS inserted
                """,
                [
                    event.id, event.name, event.currency, event.salesOpenAt.timeIntervalSince1970,
                    event.startsAt.timeIntervalSince1970, event.purchaseLimit,
                ]))
    }

    private func upsertSections(
        of catalogue: EventCatalogue, on connection: PostgresConnection
    ) async throws -> SeedCount {
        let sections = catalogue.sections
        return try count(
            of: sections.count,
            try await connection.query(
                """
                INSERT INTO sections AS old (event_id, section_id, name, position)
                SELECT $1, section_id, name, position
                FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS seed (section_id, name, position)
                ON CONFLICT (event_id, section_id) DO UPDATE SET name = excluded.name, position = excluded.position
                WHERE old IS DISTINCT FROM excluded
                RETURNING xmax = 0 AS inserted
                """,
                [catalogue.event.id, sections.map(\.id), sections.map(\.name)]))
    }

    private func upsertSeats(of catalogue: EventCatalogue, on connection: PostgresConnection) async throws -> SeedCount
    {
        let seats = catalogue.sections.flatMap { section in section.seats.map { (section: section.id, seat: $0) } }
        var total = SeedCount()
        for start in stride(from: 0, to: seats.count, by: Self.seatsPerStatement) {
            let batch = seats[start..<min(start + Self.seatsPerStatement, seats.count)]
            total += try count(
                of: batch.count,
                try await connection.query(
                    """
                    INSERT INTO seats AS old (event_id, seat_id, section_id, row_number, seat_number, price_minor)
                    SELECT $1, seed.* FROM unnest($2::text[], $3::text[], $4::int[], $5::int[], $6::bigint[]) AS seed
                    ON CONFLICT (event_id, seat_id) DO UPDATE SET section_id = excluded.section_id,
                        row_number = excluded.row_number, seat_number = excluded.seat_number,
                        price_minor = excluded.price_minor
                    WHERE old IS DISTINCT FROM excluded
                    RETURNING xmax = 0 AS inserted
                    """,
                    [
                        catalogue.event.id, batch.map(\.seat.id), batch.map(\.section), batch.map(\.seat.row),
                        batch.map(\.seat.number), batch.map(\.seat.priceMinor),
                    ]))
        }
        return total
    }

    /// Bounds the size of one statement: about 200 KiB of parameters.
    private static let seatsPerStatement = 5_000

    /// A row that was updated had a row version before it, and so a system column xmax other than 0.
    private func count(of rows: Int, _ result: PostgresResult) throws -> SeedCount {
        let inserted = try result.rows.count { try $0.decode("inserted", as: Bool.self) }
        return SeedCount(
            inserted: inserted, updated: result.rows.count - inserted, unchanged: rows - result.rows.count)
    }
}
