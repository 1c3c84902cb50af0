internal import PostgresClient
public import Ticketing

extension PostgresLedger {
    public func purgeAnswers(before: Timestamp, limit: Int) async throws -> Int {
        try await ledgering { try await pool.query(.purgeAnswers, [before.milliseconds, limit]).affectedRows }
    }

    public func purgeIntents(endedWithin span: Range<Timestamp>, limit: Int) async throws -> IntentPurge {
        try await ledgering {
            let result = try await pool.query(
                .purgeIntents, [span.lowerBound.milliseconds, span.upperBound.milliseconds, limit])
            guard let row = result.rows.first else { return IntentPurge(gone: 0, next: nil) }
            let last = row["last_ms"].flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) }
            return IntentPurge(
                gone: try row.decode("gone"), seen: try row.decode("seen"), last: last, span: span, limit: limit)
        }
    }
}

/// The oldest first, by their index; a row that somebody works with is passed over.
extension PostgresStatement {
    fileprivate static let purgeAnswers = PostgresStatement(
        "ledger_purge_answers",
        """
        DELETE FROM idempotent_requests WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM idempotent_requests WHERE created_at < to_timestamp($1::float8 / 1000)
            ORDER BY created_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED))
        """)
    /// An order that is written meanwhile keeps its quote locked, and a payment refers to it: neither loses it.
    fileprivate static let purgeIntents = PostgresStatement(
        "ledger_purge_intents",
        """
        WITH seen AS (
            SELECT intent_id, expires_at FROM intents
            WHERE expires_at >= to_timestamp($1::float8 / 1000) AND expires_at < to_timestamp($2::float8 / 1000)
            ORDER BY expires_at LIMIT $3::bigint FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM intents USING seen WHERE intents.intent_id = seen.intent_id
                AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.intent_id = seen.intent_id)
                AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.intent_id = seen.intent_id)
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM gone) AS gone, count(*) AS seen,
            (extract(epoch FROM max(expires_at)) * 1000)::bigint AS last_ms
        FROM seen
        """)
}
