internal import GRDB
public import Ticketing

/// The sale on the embedded database.
public struct SQLiteLedger: Ledger {
    static let store = "ledger"

    let database: EmbeddedDatabase

    public init(_ database: EmbeddedDatabase) { self.database = database }

    public func catalogue(eventID: String) async throws -> EventCatalogue? {
        try await database.read(Self.store) { try $0.catalogue(eventID: eventID) }
    }

    public func eventIDs() async throws -> [String] {
        try await database.read(Self.store) {
            try $0.rows("SELECT event_id FROM events ORDER BY event_id").map { $0[0] }
        }
    }

    public func record(_ answer: IntentAnswer) async throws -> IdempotentOutcome {
        let intent = try answer.intent.map { try IntentRow($0, idem: answer.idem) }
        return try await database.write(Self.store) { db in
            let (recorded, stored) = (answer.recorded, answer.recorded.answer)
            try db.run(
                """
                INSERT INTO idempotent_requests
                    (user_id, idempotency_key, fingerprint, answer_status, answer_location, answer_body)
                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    answer.userID, answer.idem, recorded.fingerprint, stored.status, stored.location, stored.body,
                ])
            guard db.changesCount > 0 else {
                guard let standing = try db.answer(userID: answer.userID, idem: answer.idem) else {
                    throw StoreError(.invalid, store: Self.store, "an answer stands and cannot be read")
                }
                return .exists(standing)
            }
            try intent?.insert(in: db)
            return .first
        }
    }

    public func intentAnswer(userID: String, idem: String) async throws -> RecordedAnswer? {
        try await database.read(Self.store) { try $0.answer(userID: userID, idem: idem) }
    }

    public func intent(_ intentID: String) async throws -> (intent: Intent, payment: Payment?)? {
        try await database.read(Self.store) { db in
            guard let intent = try db.intent(intentID) else { return nil }
            return (intent, try db.payment(intentID: intentID))
        }
    }

    public func intents(idem: String) async throws -> [Intent] {
        try await database.read(Self.store) { db in
            try db.rows("\(IntentRow.select) WHERE idempotency_key = ? ORDER BY created_at, intent_id", [idem])
                .map(IntentRow.intent)
        }
    }

    public func order(idem: String) async throws -> (order: Order, payment: Payment?)? {
        try await database.read(Self.store) { db in
            guard let order = try db.order(idem: idem) else { return nil }
            return (order, try db.payment(intentID: order.intentID))
        }
    }

    public func order(intentID: String) async throws -> (order: Order, payment: Payment?)? {
        try await database.read(Self.store) { db in
            guard let order = try db.order(intentID: intentID) else { return nil }
            return (order, try db.payment(intentID: intentID))
        }
    }

    public func ping() async throws { try await database.ping(Self.store) }
}
