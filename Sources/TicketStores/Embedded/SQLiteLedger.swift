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
                INSERT INTO idempotent_requests (
                    user_id, idempotency_key, fingerprint, answer_status, answer_location, answer_body, created_at)
                VALUES (?, ?, ?, ?, ?, ?, \(EmbeddedSchema.now)) ON CONFLICT DO NOTHING
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

    public func purgeAnswers(before: Timestamp, limit: Int) async throws -> Int {
        try await database.write(Self.store) { db in
            try db.run(
                """
                DELETE FROM idempotent_requests WHERE rowid IN (
                    SELECT rowid FROM idempotent_requests INDEXED BY idempotent_requests_created_at
                    WHERE created_at < ? ORDER BY created_at LIMIT ?)
                """,
                [before.milliseconds, max(0, limit)])
            return db.changesCount
        }
    }

    public func purgeIntents(endedWithin span: Range<Timestamp>, limit: Int) async throws -> IntentPurge {
        try await database.write(Self.store) { db in
            let seen = try db.rows(
                """
                SELECT rowid, expires_at FROM intents INDEXED BY intents_expires_at
                WHERE expires_at >= ? AND expires_at < ? ORDER BY expires_at LIMIT ?
                """,
                [span.lowerBound.milliseconds, span.upperBound.milliseconds, max(0, limit)])
            var gone = 0
            for row in seen {
                try db.run(
                    """
                    DELETE FROM intents WHERE rowid = ?
                        AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.intent_id = intents.intent_id)
                        AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.intent_id = intents.intent_id)
                    """,
                    [row[0] as Int64])
                gone += db.changesCount
            }
            return IntentPurge(
                gone: gone, seen: seen.count, last: seen.last.map { Timestamp(milliseconds: $0[1]) }, span: span,
                limit: limit)
        }
    }

    public func ping() async throws { try await database.ping(Self.store) }
}
