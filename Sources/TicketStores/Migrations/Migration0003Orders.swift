extension Migration {
    static let orders = Migration(
        version: 3, name: "orders",
        sql: """
            CREATE TABLE orders (
                idempotency_key text PRIMARY KEY CHECK (length(idempotency_key) BETWEEN 8 AND 255),
                order_id        text NOT NULL UNIQUE,
                user_id         text NOT NULL,
                event_id        text NOT NULL,
                intent_id       text NOT NULL,
                seat_ids        text[] NOT NULL,
                status          text NOT NULL CHECK (status IN ('PROCESSING', 'CONFIRMED', 'REJECTED')),
                reason          text,
                total_minor     bigint NOT NULL CHECK (total_minor >= 0),
                currency        text NOT NULL,
                created_at      timestamptz NOT NULL DEFAULT now(),
                decided_at      timestamptz,
                CONSTRAINT orders_reason_if_rejected CHECK ((reason IS NOT NULL) = (status = 'REJECTED')),
                CONSTRAINT orders_decided_if_final CHECK ((decided_at IS NULL) = (status = 'PROCESSING'))
            );
            CREATE UNIQUE INDEX orders_live_intent ON orders (intent_id) WHERE status <> 'REJECTED';
            CREATE INDEX orders_processing ON orders (created_at) WHERE status = 'PROCESSING';
            CREATE INDEX orders_user ON orders (user_id, event_id);
            COMMENT ON TABLE orders IS 'One an idempotency key. '
                'PROCESSING becomes CONFIRMED or REJECTED, and then never changes. '
                'No foreign keys: a REJECTED order records what was asked, even of an event that never was.';

            CREATE FUNCTION orders_refuse_step_back() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'order % is %: it cannot change to % or to another purchase',
                        OLD.order_id, OLD.status, NEW.status
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_forward_only', TABLE = 'orders';
            END
            $$;
            CREATE TRIGGER orders_forward_only BEFORE UPDATE ON orders FOR EACH ROW
                WHEN (
                    (OLD.status <> 'PROCESSING' AND NEW IS DISTINCT FROM OLD)
                    OR (NEW.idempotency_key, NEW.order_id, NEW.user_id, NEW.event_id, NEW.intent_id, NEW.seat_ids)
                        IS DISTINCT FROM
                        (OLD.idempotency_key, OLD.order_id, OLD.user_id, OLD.event_id, OLD.intent_id, OLD.seat_ids)
                )
                EXECUTE FUNCTION orders_refuse_step_back();

            CREATE TABLE tickets (
                ticket_id   text PRIMARY KEY,
                order_id    text NOT NULL REFERENCES orders (order_id),
                user_id     text NOT NULL,
                event_id    text NOT NULL,
                seat_id     text NOT NULL,
                price_minor bigint NOT NULL CHECK (price_minor >= 0),
                issued_at   timestamptz NOT NULL DEFAULT now(),
                voided_at   timestamptz,
                FOREIGN KEY (event_id, seat_id) REFERENCES seats
            );
            CREATE UNIQUE INDEX tickets_live_seat ON tickets (event_id, seat_id) WHERE voided_at IS NULL;
            CREATE INDEX tickets_order ON tickets (order_id);
            COMMENT ON TABLE tickets IS 'The sale itself: '
                'at most one live ticket a seat, by the index tickets_live_seat.';
            COMMENT ON COLUMN tickets.price_minor IS 'What was paid for it; the catalogue may change later.';
            """)
}
