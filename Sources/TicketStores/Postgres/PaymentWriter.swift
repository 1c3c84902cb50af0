internal import PostgresClient
internal import Ticketing

/// Applies a payment provider's report to an intent that is locked meanwhile.
struct PaymentWriter {
    let pool: PostgresPool

    func record(_ report: PaymentReport) async throws -> PaymentOutcome {
        do {
            return try await pool.transaction { transaction in
                // The intent's row is the lock: a payment may not be there yet.
                let locked = try await transaction.query(.lockIntents, [[report.intentID]])
                guard let row = locked.rows.first else { return .intentNotFound }
                let payments = try await transaction.query(.payments, [[report.intentID]])
                let (outcome, payment) = Payment.applying(
                    report, to: try payments.rows.first.map(LedgerRows.payment), of: try LedgerRows.intent(row))
                if outcome == .recorded, let payment {
                    try await transaction.query(
                        .upsertPayment,
                        [
                            payment.intentID, payment.status.rawValue, payment.providerRef, payment.amountMinor,
                            payment.currency,
                        ])
                }
                return outcome
            }
        } catch let error as PostgresError where error.constraint == "payments_provider_ref_key" {
            return .mismatch  // The reference is another intent's.
        }
    }
}

extension PostgresStatement {
    fileprivate static let upsertPayment = PostgresStatement(
        "ledger_upsert_payment",
        """
        INSERT INTO payments (intent_id, status, provider_ref, amount_minor, currency) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (intent_id) DO UPDATE
            SET status = excluded.status, provider_ref = excluded.provider_ref, updated_at = now()
        """)
}
