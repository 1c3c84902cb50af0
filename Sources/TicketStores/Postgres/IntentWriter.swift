internal import PostgresClient
internal import Ticketing

/// Writes first answers and their intents, many in one statement.
struct IntentWriter {
    let pool: PostgresPool

    /// Scope of a key. By bytes, as the database compares: Swift takes composed and decomposed letters for the same text.
    struct Scope: Hashable {
        private let userID: [UInt8]
        private let idem: [UInt8]

        init(_ userID: String, _ idem: String) {
            self.userID = Array(userID.utf8)
            self.idem = Array(idem.utf8)
        }

        /// At once: an array is hashed element by element.
        func hash(into hasher: inout Hasher) {
            userID.withUnsafeBytes { hasher.combine(bytes: $0) }
            hasher.combine(userID.count)
            idem.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }

    func write(_ answers: [IntentAnswer]) async throws -> [Result<IdempotentOutcome, any Error>] {
        do {
            return try await writeTogether(answers).map { .success($0) }
        } catch let error as PostgresError where error.isAboutOneRow && answers.count > 1 {
            var results: [Result<IdempotentOutcome, any Error>] = []
            for answer in answers {
                do {
                    results.append(.success(try await writeTogether([answer])[0]))
                } catch {
                    results.append(.failure(error))
                }
            }
            return results
        }
    }

    private func writeTogether(_ answers: [IntentAnswer]) async throws -> [IdempotentOutcome] {
        // Of those with the same key only the first is sent; the others are told of it.
        var first: [Scope: Int] = [:]
        for (index, answer) in answers.enumerated() {
            let scope = Scope(answer.userID, answer.idem)
            first[scope] = first[scope] ?? index
        }
        let sent = first.values.sorted().map { answers[$0] }
        let quoted = sent.filter { $0.intent != nil }
        let intents = sent.compactMap(\.intent)
        let result = try await pool.query(
            .recordAnswers,
            [
                sent.map(\.userID), sent.map(\.idem), sent.map(\.recorded.fingerprint),
                sent.map(\.recorded.answer.status), sent.map { $0.recorded.answer.location ?? "" },
                sent.map(\.recorded.answer.body), quoted.map(\.userID), quoted.map(\.idem), intents.map(\.intentID),
                intents.map(\.eventID), intents.map { $0.seatIDs.postgresText },
                intents.map { $0.pricesMinor.postgresText }, intents.map(\.amountMinor), intents.map(\.currency),
                intents.map(\.createdAt.milliseconds), intents.map(\.expiresAt.milliseconds),
            ])
        var won: Set<Scope> = []
        for row in result.rows { won.insert(Scope(try row.decode("user_id"), try row.decode("idempotency_key"))) }

        let lost = sent.filter { !won.contains(Scope($0.userID, $0.idem)) }
        var standing = lost.isEmpty ? [:] : try await standing(lost.map { ($0.userID, $0.idem) })
        for scope in won { standing[scope] = first[scope].map { answers[$0].recorded } }
        return try answers.enumerated().map { index, answer in
            let scope = Scope(answer.userID, answer.idem)
            if won.contains(scope), first[scope] == index { return .first }
            guard let recorded = standing[scope] else {
                throw StoreError(.unavailable, store: PostgresLedger.store, "an answer was removed meanwhile")
            }
            return .exists(recorded)
        }
    }

    /// The answers that stand under keys.
    func standing(_ keys: [(userID: String, idem: String)]) async throws -> [Scope: RecordedAnswer] {
        let result = try await pool.query(.standingAnswers, [keys.map(\.userID), keys.map(\.idem)])
        var answers: [Scope: RecordedAnswer] = [:]
        for row in result.rows {
            answers[Scope(try row.decode("user_id"), try row.decode("idempotency_key"))] = RecordedAnswer(
                fingerprint: try row.decode("fingerprint"),
                answer: StoredAnswer(
                    status: try row.decode("answer_status"), location: row["answer_location"],
                    body: try row.decode("answer_body")))
        }
        return answers
    }
}

extension PostgresStatement {
    /// Rows in the order of their keys, so that two statements at once never wait for each other in a circle.
    fileprivate static let recordAnswers = PostgresStatement(
        "ledger_record_answers",
        """
        WITH won AS (
            INSERT INTO idempotent_requests
                (route, user_id, idempotency_key, fingerprint, answer_status, answer_location, answer_body)
            SELECT 'payment-intent', user_id, idem, fingerprint, status, nullif(location, ''), body
            FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::text[])
                AS answer (user_id, idem, fingerprint, status, location, body)
            ORDER BY user_id COLLATE "C", idem COLLATE "C"
            ON CONFLICT DO NOTHING
            RETURNING user_id, idempotency_key
        ), quoted AS (
            INSERT INTO intents (intent_id, idempotency_key, user_id, event_id, seat_ids, prices_minor, amount_minor,
                currency, created_at, expires_at)
            SELECT quote.intent_id, quote.idem, quote.user_id, quote.event_id, quote.seat_ids::text[],
                quote.prices::bigint[], quote.amount, quote.currency, to_timestamp(quote.created_ms::float8 / 1000),
                to_timestamp(quote.expires_ms::float8 / 1000)
            FROM unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[],
                $14::text[], $15::bigint[], $16::bigint[])
                AS quote (user_id, idem, intent_id, event_id, seat_ids, prices, amount, currency, created_ms,
                    expires_ms)
            JOIN won ON won.user_id = quote.user_id AND won.idempotency_key = quote.idem
        )
        SELECT user_id, idempotency_key FROM won
        """)

    fileprivate static let standingAnswers = PostgresStatement(
        "ledger_standing_answers",
        """
        SELECT stored.* FROM unnest($1::text[], $2::text[]) AS wanted (user_id, idem)
        CROSS JOIN LATERAL (
            SELECT user_id, idempotency_key, fingerprint, answer_status, answer_location, answer_body
            FROM idempotent_requests stored WHERE stored.route = 'payment-intent'
                AND stored.user_id = wanted.user_id AND stored.idempotency_key = wanted.idem
                AND answer_status IS NOT NULL
            LIMIT 1
        ) stored
        """)
}
