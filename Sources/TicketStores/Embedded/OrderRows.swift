internal import GRDB
internal import Ticketing

extension Database {
    private static let selectOrders = """
        SELECT order_id, idempotency_key, user_id, event_id, intent_id, seat_ids, status, reason, total_minor, currency,
            created_at
        FROM orders
        """

    func order(idem: String) throws -> Order? {
        try row("\(Self.selectOrders) WHERE idempotency_key = ?", [idem]).map(order)
    }

    /// The live order of an intent, else its last rejected one.
    func order(intentID: String) throws -> Order? {
        try row(
            "\(Self.selectOrders) WHERE intent_id = ? ORDER BY status = 'REJECTED', rowid DESC LIMIT 1", [intentID]
        ).map(order)
    }

    private func order(_ row: Row) throws -> Order {
        let orderID: String = row[0]
        let reason = row[7] as String?
        guard let status = Order.Status(rawValue: row[6]),
            reason.map({ RejectionReason(rawValue: $0) != nil }) ?? true
        else { throw StoreError(.invalid, store: "ledger", "the status of order \(orderID) cannot be read") }
        let tickets = try rows(
            "SELECT ticket_id, seat_id, price_minor FROM tickets WHERE order_id = ? ORDER BY seat_id", [orderID])
        return Order(
            orderID: orderID, idem: row[1], userID: row[2], eventID: row[3], intentID: row[4],
            seatIDs: try StoredJSON.value(row[5]), status: status, reason: reason.flatMap(RejectionReason.init),
            totalMinor: row[8], currency: row[9], createdAt: Timestamp(milliseconds: row[10]),
            tickets: tickets.map { Ticket(ticketID: $0[0], seatID: $0[1], priceMinor: $0[2]) })
    }

    /// Writes a decided order and its tickets.
    func insert(_ order: Order) throws {
        try run(
            """
            INSERT INTO orders (
                order_id, idempotency_key, user_id, event_id, intent_id, seat_ids, status, reason, total_minor,
                currency, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                order.orderID, order.idem, order.userID, order.eventID, order.intentID,
                try StoredJSON.text(order.seatIDs), order.status.rawValue, order.reason?.rawValue, order.totalMinor,
                order.currency, order.createdAt.milliseconds,
            ])
        for ticket in order.tickets {
            try run(
                "INSERT INTO tickets (ticket_id, order_id, event_id, seat_id, price_minor) VALUES (?, ?, ?, ?, ?)",
                [ticket.ticketID, order.orderID, order.eventID, ticket.seatID, ticket.priceMinor])
        }
    }

    func payment(intentID: String) throws -> Payment? {
        let found = try row(
            "SELECT status, provider_ref, amount_minor, currency FROM payments WHERE intent_id = ?", [intentID])
        return try found.map { row in
            guard let status = Payment.Status(rawValue: row[0]) else {
                throw StoreError(.invalid, store: "ledger", "the status of a payment cannot be read")
            }
            return Payment(
                intentID: intentID, status: status, providerRef: row[1], amountMinor: row[2], currency: row[3])
        }
    }

    /// - Parameter orderID: of a captured payment.
    func put(_ payment: Payment, orderID: String? = nil) throws {
        try run(
            """
            INSERT INTO payments (intent_id, status, provider_ref, order_id, amount_minor, currency)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (intent_id) DO UPDATE SET status = excluded.status, provider_ref = excluded.provider_ref,
                order_id = excluded.order_id
            """,
            [
                payment.intentID, payment.status.rawValue, payment.providerRef, orderID, payment.amountMinor,
                payment.currency,
            ])
    }
}
