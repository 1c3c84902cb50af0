internal import Foundation
internal import GRDB
public import Ticketing

extension EmbeddedDatabase {
    /// Writes a catalogue into the ledger's tables, all of it or nothing, by the rules of `CatalogueSeeder`: seeding again
    /// changes nothing, what the catalogue no longer has stays, and the price of a sold seat and the currency of an
    /// event with sold seats are fixed.
    ///
    /// - Throws: `StoreError`; `TicketStoreError` of code `soldAtAnotherPrice`.
    @discardableResult
    public func seed(_ catalogue: EventCatalogue) async throws -> SeedReport {
        let result = try await write("ledger") { db -> Result<SeedReport, TicketStoreError> in
            if let refusal = try db.changeOfSold(catalogue) { return .failure(refusal) }
            return .success(
                SeedReport(
                    eventID: catalogue.event.id, events: try db.upsert(catalogue.event),
                    sections: try db.upsertSections(of: catalogue), seats: try db.upsertSeats(of: catalogue)))
        }
        return try result.get()
    }
}

extension Database {
    /// The event with its sections in their order and their seats by row and number.
    func catalogue(eventID: String) throws -> EventCatalogue? {
        let found = try row(
            "SELECT name, currency, sales_open_at, starts_at, purchase_limit FROM events WHERE event_id = ?", [eventID])
        guard let found else { return nil }
        let event = EventCatalogue.Event(
            id: eventID, name: found[0], currency: found[1],
            salesOpenAt: Date(timeIntervalSince1970: found[2]), startsAt: Date(timeIntervalSince1970: found[3]),
            purchaseLimit: found[4])
        let seats = try rows(
            """
            SELECT section_id, seat_id, row_number, seat_number, price_minor FROM seats WHERE event_id = ?
            ORDER BY row_number, seat_number
            """, [eventID])
        let bySection = Dictionary(grouping: seats) { $0[0] as String }
        let sections = try rows(
            "SELECT section_id, name FROM sections WHERE event_id = ? ORDER BY position", [eventID]
        ).map { section in
            EventCatalogue.Section(
                id: section[0], name: section[1],
                seats: bySection[section[0], default: []].map {
                    EventCatalogue.Seat(id: $0[1], row: $0[2], number: $0[3], priceMinor: $0[4])
                })
        }
        return try EventCatalogue(event: event, sections: sections)
    }

    fileprivate func changeOfSold(_ catalogue: EventCatalogue) throws -> TicketStoreError? {
        let eventID = catalogue.event.id
        let currency = try row("SELECT currency FROM events WHERE event_id = ?", [eventID])?[0] as String?
        let sold = try rows(
            """
            SELECT seat.seat_id, seat.price_minor FROM tickets AS ticket
            JOIN seats AS seat ON seat.event_id = ticket.event_id AND seat.seat_id = ticket.seat_id
            WHERE ticket.event_id = ? AND ticket.voided_at IS NULL ORDER BY seat.seat_id
            """, [eventID])
        let prices = Dictionary(
            uniqueKeysWithValues: catalogue.sections.flatMap(\.seats).map { ($0.id, $0.priceMinor) })
        let changed = sold.filter { seat in
            guard let price = prices[seat[0]] else { return false }
            return price != seat[1] || currency != catalogue.event.currency
        }.map { $0[0] as String }
        guard !changed.isEmpty else { return nil }
        return TicketStoreError(
            .soldAtAnotherPrice,
            "\(changed.count) sold seats of \(eventID) would change their price or currency "
                + "(\(changed.prefix(5).joined(separator: ", "))\(changed.count > 5 ? ", ..." : "")); nothing was changed",
            remedy: "keep the price of what has been sold")
    }

    fileprivate func upsert(_ event: EventCatalogue.Event) throws -> SeedCount {
        try upsert(
            "events", key: ["event_id": event.id],
            values: [
                "name": event.name, "currency": event.currency,
                "sales_open_at": event.salesOpenAt.timeIntervalSince1970,
                "starts_at": event.startsAt.timeIntervalSince1970, "purchase_limit": event.purchaseLimit,
            ])
    }

    fileprivate func upsertSections(of catalogue: EventCatalogue) throws -> SeedCount {
        try catalogue.sections.enumerated().reduce(into: SeedCount()) { count, section in
            count += try upsert(
                "sections", key: ["event_id": catalogue.event.id, "section_id": section.element.id],
                values: ["name": section.element.name, "position": section.offset])
        }
    }

    fileprivate func upsertSeats(of catalogue: EventCatalogue) throws -> SeedCount {
        try catalogue.sections.reduce(into: SeedCount()) { count, section in
            for seat in section.seats {
                count += try upsert(
                    "seats", key: ["event_id": catalogue.event.id, "seat_id": seat.id],
                    values: [
                        "section_id": section.id, "row_number": seat.row, "seat_number": seat.number,
                        "price_minor": seat.priceMinor,
                    ])
            }
        }
    }

    /// Inserts or updates the row under `key`, and tells which. Table and columns are the program's own words.
    private func upsert(
        _ table: String, key: KeyValuePairs<String, any DatabaseValueConvertible>,
        values: KeyValuePairs<String, any DatabaseValueConvertible>
    ) throws -> SeedCount {
        let keys = key.map(\.value.databaseValue)
        let matches = key.map { "\($0.key) = ?" }.joined(separator: " AND ")
        let columns = values.map(\.key)
        let wanted = values.map(\.value.databaseValue)
        guard
            let old = try row(
                "SELECT \(columns.joined(separator: ", ")) FROM \(table) WHERE \(matches)", StatementArguments(keys))
        else {
            let all = key.map(\.key) + columns
            let marks = all.map { _ in "?" }.joined(separator: ", ")
            try run(
                "INSERT INTO \(table) (\(all.joined(separator: ", "))) VALUES (\(marks))",
                StatementArguments(keys + wanted))
            return SeedCount(inserted: 1)
        }
        guard Array(old.databaseValues) != wanted else { return SeedCount(unchanged: 1) }
        let changes = columns.map { "\($0) = ?" }.joined(separator: ", ")
        try run("UPDATE \(table) SET \(changes) WHERE \(matches)", StatementArguments(wanted + keys))
        return SeedCount(updated: 1)
    }
}
