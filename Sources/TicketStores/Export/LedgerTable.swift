/// A table of the ledger as it is exported: the same columns in the same order from PostgreSQL and from SQLite.
public enum LedgerTable: String, Sendable, CaseIterable {
    case events, intents, orders, tickets, payments

    public var columns: [LedgerColumn] {
        switch self {
        case .events:
            [
                .text("event_id"), .text("name"), .text("currency"), .seconds("sales_open_at"), .seconds("starts_at"),
                .integer("purchase_limit"), .seatCount,
            ]
        case .intents:
            [
                .text("intent_id"), .text("idempotency_key"), .text("user_id"), .text("event_id"), .texts("seat_ids"),
                .integers("prices_minor"), .text("currency"), .instant("created_at"), .instant("expires_at"),
            ]
        case .orders:
            [
                .text("idempotency_key"), .text("order_id"), .text("user_id"), .text("event_id"), .text("intent_id"),
                .texts("seat_ids"), .text("status"), .text("reason"), .integer("total_minor"), .text("currency"),
                .instant("created_at"),
            ]
        case .tickets:
            [
                .text("ticket_id"), .text("order_id"), .text("event_id"), .text("seat_id"), .integer("price_minor"),
                .instant("voided_at"),
            ]
        case .payments:
            [
                .text("intent_id"), .text("status"), .text("provider_ref"), .text("order_id"),
                .integer("amount_minor"), .text("currency"),
            ]
        }
    }

    /// The condition for the rows of one event, its id being the statement's only parameter.
    func condition(_ parameter: String) -> String {
        self == .payments
            ? "intent_id IN (SELECT intent_id FROM intents WHERE event_id = \(parameter))" : "event_id = \(parameter)"
    }

    /// All rows, or an event's, by the primary key.
    func query(_ dialect: Dialect, ofEvent: Bool) -> String {
        let expressions = columns.map { $0.expression(dialect) }.joined(separator: ", ")
        let filter = ofEvent ? " WHERE " + condition(dialect == .postgres ? "$1" : "?") : ""
        return "SELECT \(expressions) FROM \(rawValue)\(filter) ORDER BY \(columns[0].name)"
    }

    enum Dialect {
        case postgres, sqlite
    }
}

/// A column of an export.
public struct LedgerColumn: Sendable {
    public var name: String
    var kind: Kind

    enum Kind {
        case text, integer, texts, integers
        /// In SQLite milliseconds, or, of the catalogue, seconds.
        case instant, seconds
        /// How many seats an event has.
        case seatCount
    }

    static func text(_ name: String) -> Self { Self(name: name, kind: .text) }
    static func integer(_ name: String) -> Self { Self(name: name, kind: .integer) }
    static func texts(_ name: String) -> Self { Self(name: name, kind: .texts) }
    static func integers(_ name: String) -> Self { Self(name: name, kind: .integers) }
    static func instant(_ name: String) -> Self { Self(name: name, kind: .instant) }
    static func seconds(_ name: String) -> Self { Self(name: name, kind: .seconds) }
    static let seatCount = Self(name: "seats", kind: .seatCount)

    /// Lists come as JSON, instants as milliseconds since 1970.
    func expression(_ dialect: LedgerTable.Dialect) -> String {
        switch (kind, dialect) {
        case (.text, _), (.integer, _), (.texts, .sqlite), (.integers, .sqlite), (.instant, .sqlite): name
        case (.texts, .postgres), (.integers, .postgres): "array_to_json(\(name))::text"
        case (.instant, .postgres), (.seconds, .postgres): "(extract(epoch FROM \(name)) * 1000)::bigint"
        case (.seconds, .sqlite): "CAST(\(name) * 1000 AS INTEGER)"
        case (.seatCount, _): "(SELECT count(*) FROM seats WHERE seats.event_id = events.event_id)"
        }
    }
}
