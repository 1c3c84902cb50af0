extension Migration {
    static let payments = Migration(
        version: 4, name: "payments",
        sql: """
            CREATE TABLE payments (
                intent_id    text PRIMARY KEY REFERENCES intents,
                status       text NOT NULL CHECK (status IN ('DECLINED', 'APPROVED', 'CAPTURED', 'CANCELLED')),
                provider_ref text NOT NULL UNIQUE,
                order_id     text UNIQUE REFERENCES orders (order_id),
                amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
                currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
                created_at   timestamptz NOT NULL DEFAULT now(),
                updated_at   timestamptz NOT NULL DEFAULT now(),
                CONSTRAINT payments_captured_for_an_order CHECK ((order_id IS NOT NULL) = (status = 'CAPTURED'))
            );
            COMMENT ON TABLE payments IS 'One an intent, so captured at most once, and only for an order. '
                'DECLINED may become APPROVED; APPROVED becomes CAPTURED or CANCELLED; these are final.';

            CREATE FUNCTION payments_refuse_step_back() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'payment of intent % is %: it cannot change to %', OLD.intent_id, OLD.status, NEW.status
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_forward_only', TABLE = 'payments';
            END
            $$;
            CREATE TRIGGER payments_forward_only BEFORE UPDATE ON payments FOR EACH ROW
                WHEN (
                    (OLD.status IN ('CAPTURED', 'CANCELLED') AND NEW IS DISTINCT FROM OLD)
                    OR (OLD.status = 'APPROVED' AND NEW.status = 'DECLINED')
                    OR (OLD.status = 'DECLINED' AND NEW.status = 'CAPTURED')
                )
                EXECUTE FUNCTION payments_refuse_step_back();

            CREATE TABLE outbox (
                outbox_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                order_id     text NOT NULL,
                topic        text NOT NULL,
                payload      jsonb NOT NULL,
                created_at   timestamptz NOT NULL DEFAULT now(),
                published_at timestamptz
            );
            CREATE INDEX outbox_unpublished ON outbox (outbox_id) WHERE published_at IS NULL;
            COMMENT ON TABLE outbox IS 'Facts to be published, written in the transaction that made them true.';
            """)
}
