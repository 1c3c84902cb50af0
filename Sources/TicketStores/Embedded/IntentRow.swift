internal import GRDB
internal import Ticketing

/// An intent as a row, its lists encoded before the transaction begins.
struct IntentRow: Sendable {
    private let intent: Intent
    private let idem: String
    private let seatIDs: String
    private let prices: String

    init(_ intent: Intent, idem: String) throws(StoreError) {
        self.intent = intent
        self.idem = idem
        seatIDs = try StoredJSON.text(intent.seatIDs)
        prices = try StoredJSON.text(intent.pricesMinor)
    }

    static let select = """
        SELECT intent_id, user_id, event_id, seat_ids, prices_minor, currency, created_at, expires_at FROM intents
        """

    static func intent(_ row: Row) throws -> Intent {
        Intent(
            intentID: row[0], userID: row[1], eventID: row[2], seatIDs: try StoredJSON.value(row[3]),
            pricesMinor: try StoredJSON.value(row[4]), currency: row[5], createdAt: Timestamp(milliseconds: row[6]),
            expiresAt: Timestamp(milliseconds: row[7]))
    }

    func insert(in database: Database) throws {
        try database.run(
            """
            INSERT INTO intents (
                intent_id, idempotency_key, user_id, event_id, seat_ids, prices_minor, currency, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                intent.intentID, idem, intent.userID, intent.eventID, seatIDs, prices, intent.currency,
                intent.createdAt.milliseconds, intent.expiresAt.milliseconds,
            ])
    }
}

extension Database {
    func intent(_ intentID: String) throws -> Intent? {
        try row("\(IntentRow.select) WHERE intent_id = ?", [intentID]).map(IntentRow.intent)
    }

    func answer(userID: String, idem: String) throws -> RecordedAnswer? {
        try row(
            """
            SELECT fingerprint, answer_status, answer_location, answer_body
            FROM idempotent_requests WHERE user_id = ? AND idempotency_key = ?
            """,
            [userID, idem]
        ).map {
            RecordedAnswer(
                fingerprint: $0[0], answer: StoredAnswer(status: $0[1], location: $0[2], body: $0[3]))
        }
    }
}
