internal import Foundation
internal import PostgresClient
internal import Ticketing

/// Reads of the ledger, and its rows as the domain's values.
struct LedgerRows {
    let pool: PostgresPool

    enum OrderColumn {
        case key, intent
    }

    func intents(_ ids: [String]) async throws -> [String: (intent: Intent, payment: Payment?)] {
        let results = try await pool.pipeline([(.intents, [Array(Set(ids))]), (.payments, [Array(Set(ids))])])
        var payments: [String: Payment] = [:]
        for row in try results[1].get().rows {
            let payment = try Self.payment(row)
            payments[payment.intentID] = payment
        }
        var found: [String: (intent: Intent, payment: Payment?)] = [:]
        for row in try results[0].get().rows {
            let intent = try Self.intent(row)
            found[intent.intentID] = (intent, payments[intent.intentID])
        }
        return found
    }

    func intents(idem: String) async throws -> [Intent] {
        try await pool.query(.intentsOfKey, [idem]).rows.map(Self.intent)
    }

    /// Orders with their payments, by what they were asked for.
    func orders(
        _ keys: [String], by column: OrderColumn
    ) async throws -> [String: (order: Order, payment: Payment?)] {
        let statement: PostgresStatement = column == .key ? .ordersOfKeys : .ordersOfIntents
        let orders = try await pool.query(statement, [Array(Set(keys))]).rows.map(Self.order)
        guard !orders.isEmpty else { return [:] }
        var payments: [String: Payment] = [:]
        for row in try await pool.query(.payments, [orders.map(\.intentID)]).rows {
            let payment = try Self.payment(row)
            payments[payment.intentID] = payment
        }
        var found: [String: (order: Order, payment: Payment?)] = [:]
        for order in orders {
            found[column == .key ? order.idem : order.intentID] = (order, payments[order.intentID])
        }
        return found
    }

    func catalogue(_ eventID: String) async throws -> EventCatalogue? {
        let results = try await pool.pipeline([
            (.event, [eventID]), (.sections, [eventID]), (.seats, [eventID]),
        ])
        guard let row = try results[0].get().rows.first else { return nil }
        let event = EventCatalogue.Event(
            id: eventID, name: try row.decode("name"), currency: try row.decode("currency"),
            salesOpenAt: Date(timeIntervalSince1970: try row.decode("sales_open_at")),
            startsAt: Date(timeIntervalSince1970: try row.decode("starts_at")),
            purchaseLimit: try row.decode("purchase_limit"))
        var seats: [String: [EventCatalogue.Seat]] = [:]
        for row in try results[2].get().rows {
            let section: String = try row.decode("section_id")
            seats[section, default: []].append(
                EventCatalogue.Seat(
                    id: try row.decode("seat_id"), row: try row.decode("row_number"),
                    number: try row.decode("seat_number"), priceMinor: try row.decode("price_minor")))
        }
        let sections = try results[1].get().rows.map { row in
            let id: String = try row.decode("section_id")
            return EventCatalogue.Section(id: id, name: try row.decode("name"), seats: seats[id] ?? [])
        }
        do {
            return try EventCatalogue(event: event, sections: sections)
        } catch {
            throw StoreError(.invalid, store: PostgresLedger.store, "\(error)")
        }
    }

    // MARK: - Rows

    /// Ids have no control characters, so that one can part them.
    static let separator: Character = "\u{1F}"

    static func list(_ text: String?) -> [String] { (text ?? "").split(separator: separator).map(String.init) }

    static func timestamp(_ row: PostgresRow, _ column: String) throws(PostgresError) -> Timestamp {
        Timestamp(milliseconds: try row.decode(column))
    }

    static func intent(_ row: PostgresRow) throws(PostgresError) -> Intent {
        Intent(
            intentID: try row.decode("intent_id"), userID: try row.decode("user_id"),
            eventID: try row.decode("event_id"), seatIDs: list(row["seat_ids"]),
            pricesMinor: list(row["prices"]).compactMap { Int64($0) }, currency: try row.decode("currency"),
            createdAt: try timestamp(row, "created_ms"), expiresAt: try timestamp(row, "expires_ms"))
    }

    static func payment(_ row: PostgresRow) throws(PostgresError) -> Payment {
        let text: String = try row.decode("status")
        guard let status = Payment.Status(rawValue: text) else {
            throw PostgresError(kind: .value, message: "a payment has the status \(text)", target: "ledger")
        }
        return Payment(
            intentID: try row.decode("intent_id"), status: status, providerRef: try row.decode("provider_ref"),
            amountMinor: try row.decode("amount_minor"), currency: try row.decode("currency"))
    }

    static func order(_ row: PostgresRow) throws(PostgresError) -> Order {
        let text: String = try row.decode("status")
        guard let status = Order.Status(rawValue: text) else {
            throw PostgresError(kind: .value, message: "an order has the status \(text)", target: "ledger")
        }
        let (tickets, seats, prices) = (list(row["ticket_ids"]), list(row["ticket_seats"]), list(row["ticket_prices"]))
        return Order(
            orderID: try row.decode("order_id"), idem: try row.decode("idempotency_key"),
            userID: try row.decode("user_id"), eventID: try row.decode("event_id"),
            intentID: try row.decode("intent_id"), seatIDs: list(row["seat_ids"]), status: status,
            reason: row["reason"].flatMap(RejectionReason.init(rawValue:)), totalMinor: try row.decode("total_minor"),
            currency: try row.decode("currency"), createdAt: try timestamp(row, "created_ms"),
            tickets: zip(tickets, zip(seats, prices)).map {
                Ticket(ticketID: $0, seatID: $1.0, priceMinor: Int64($1.1) ?? 0)
            })
    }
}

extension PostgresStatement {
    private static let intentColumns = """
        SELECT intent_id, user_id, event_id, array_to_string(seat_ids, chr(31)) AS seat_ids,
            array_to_string(prices_minor, chr(31)) AS prices, currency,
            (extract(epoch FROM created_at) * 1000)::bigint AS created_ms,
            (extract(epoch FROM expires_at) * 1000)::bigint AS expires_ms
        FROM intents
        """

    private static let orderColumns = """
        SELECT orders.order_id, idempotency_key, user_id, event_id, intent_id,
            array_to_string(seat_ids, chr(31)) AS seat_ids, status, reason, total_minor, currency,
            (extract(epoch FROM created_at) * 1000)::bigint AS created_ms,
            issued.ids AS ticket_ids, issued.seats AS ticket_seats, issued.prices AS ticket_prices
        FROM orders LEFT JOIN LATERAL (
            SELECT string_agg(ticket_id, chr(31) ORDER BY seat_id) AS ids,
                string_agg(seat_id, chr(31) ORDER BY seat_id) AS seats,
                string_agg(price_minor::text, chr(31) ORDER BY seat_id) AS prices
            FROM tickets WHERE tickets.order_id = orders.order_id AND voided_at IS NULL
        ) issued ON true
        """

    static let intents = PostgresStatement("ledger_intents", intentColumns + " WHERE intent_id = ANY($1::text[])")
    static let intentsOfKey = PostgresStatement(
        "ledger_intents_of_key", intentColumns + " WHERE idempotency_key = $1 ORDER BY created_at, intent_id LIMIT 100")
    /// In the order of their ids, so that two transactions never wait for each other in a circle.
    static let lockIntents = PostgresStatement(
        "ledger_lock_intents",
        intentColumns + " WHERE intent_id = ANY($1::text[]) ORDER BY intent_id FOR NO KEY UPDATE")
    static let payments = PostgresStatement(
        "ledger_payments",
        """
        SELECT intent_id, status, provider_ref, amount_minor, currency FROM payments WHERE intent_id = ANY($1::text[])
        """)
    static let ordersOfKeys = PostgresStatement(
        "ledger_orders_of_keys", orderColumns + " WHERE idempotency_key = ANY($1::text[])")
    /// The live one last, and of rejected ones the latest.
    static let ordersOfIntents = PostgresStatement(
        "ledger_orders_of_intents",
        orderColumns + " WHERE intent_id = ANY($1::text[]) ORDER BY status <> 'REJECTED', created_at, order_id")

    fileprivate static let event = PostgresStatement(
        "ledger_event",
        """
        SELECT name, currency, extract(epoch FROM sales_open_at)::float8 AS sales_open_at,
            extract(epoch FROM starts_at)::float8 AS starts_at, purchase_limit
        FROM events WHERE event_id = $1
        """)
    fileprivate static let sections = PostgresStatement(
        "ledger_sections", "SELECT section_id, name FROM sections WHERE event_id = $1 ORDER BY position, section_id")
    fileprivate static let seats = PostgresStatement(
        "ledger_seats",
        """
        SELECT section_id, seat_id, row_number, seat_number, price_minor FROM seats WHERE event_id = $1
        ORDER BY section_id, row_number, seat_number
        """)
}
