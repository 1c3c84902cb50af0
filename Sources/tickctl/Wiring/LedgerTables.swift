import PostgresClient
import ServiceRoles
import Synchronization
import TicketStores
import Ticketing

/// Where the ledger's tables are.
struct LedgerTables: Sendable {
    var environment: [String: String]
    /// Of the embedded database; nil: PostgreSQL.
    var path: String?

    /// Calls `body` with each row of the tables as they stand at one instant.
    func read(
        _ tables: [LedgerTable], eventID: String? = nil, _ body: @escaping @Sendable (LedgerRow) throws -> Void
    ) async throws {
        if let path {
            let database = try EmbeddedDatabase(path: path)
            try await LedgerExport(database).read(tables, eventID: eventID, body)
            try database.close()
        } else {
            let connection = try await Database(environment).connect()
            try await LedgerExport(connection).read(tables, eventID: eventID, body)
            await connection.close()
        }
    }

    /// All rows at once.
    func rows(_ tables: [LedgerTable], eventID: String? = nil) async throws -> [LedgerRow] {
        let collected = Collected()
        try await read(tables, eventID: eventID) { row in collected.rows.withLock { $0.append(row) } }
        return collected.rows.withLock { $0 }
    }

    private final class Collected: Sendable {
        let rows = Mutex<[LedgerRow]>([])
    }

    /// An event's orders, live tickets and payments, as they stand at one instant.
    func fill(_ facts: inout EventFacts, eventID: String) async throws {
        facts.orders = [:]
        facts.tickets = []
        facts.payments = [:]
        for row in try await rows([.orders, .tickets, .payments], eventID: eventID) {
            switch row.table {
            case .orders:
                guard let status = row["status"].text.flatMap(Order.Status.init(rawValue:)) else { continue }
                facts.orders[row["idempotency_key"].text ?? ""] = EventFacts.SoldOrder(
                    orderID: row["order_id"].text ?? "", userID: row["user_id"].text ?? "",
                    intentID: row["intent_id"].text ?? "", seatIDs: row["seat_ids"].texts ?? [], status: status,
                    totalMinor: row["total_minor"].integer ?? 0)
            case .tickets where row["voided_at"] == .null:
                facts.tickets.append(
                    EventFacts.SoldTicket(
                        ticketID: row["ticket_id"].text ?? "", orderID: row["order_id"].text ?? "",
                        seatID: row["seat_id"].text ?? "", priceMinor: row["price_minor"].integer ?? 0))
            case .payments:
                guard let status = row["status"].text.flatMap(Payment.Status.init(rawValue:)) else { continue }
                facts.payments[row["intent_id"].text ?? ""] = EventFacts.Capture(
                    status: status, orderID: row["order_id"].text, amountMinor: row["amount_minor"].integer ?? 0)
            case .tickets, .events, .intents: break
            }
        }
    }
}

extension LedgerValue {
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var texts: [String]? { if case .texts(let texts) = self { texts } else { nil } }
}
