extension Migration {
    static let intents = Migration(
        version: 2, name: "intents",
        sql: """
            CREATE TABLE idempotent_requests (
                route           text NOT NULL,
                user_id         text NOT NULL,
                idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 8 AND 255),
                fingerprint     text NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
                answer_status   smallint CHECK (answer_status BETWEEN 200 AND 499),
                answer_location text,
                answer_body     text,
                created_at      timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (route, user_id, idempotency_key),
                CHECK ((answer_status IS NULL) = (answer_body IS NULL))
            );
            CREATE INDEX idempotent_requests_created_at ON idempotent_requests (created_at);
            COMMENT ON TABLE idempotent_requests IS 'The first answer to each (route, user, key), '
                'given again byte for byte.';
            COMMENT ON COLUMN idempotent_requests.fingerprint IS 'SHA-256 of the canonical body: '
                'another one under the same key is refused.';
            COMMENT ON COLUMN idempotent_requests.answer_status IS 'NULL while the first request is in flight.';

            CREATE TABLE intents (
                intent_id       text PRIMARY KEY,
                idempotency_key text NOT NULL,
                user_id         text NOT NULL,
                event_id        text NOT NULL,
                seat_ids        text[] NOT NULL CHECK (cardinality(seat_ids) BETWEEN 1 AND 100),
                prices_minor    bigint[] NOT NULL,
                amount_minor    bigint NOT NULL CHECK (amount_minor >= 0),
                currency        text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
                created_at      timestamptz NOT NULL DEFAULT now(),
                expires_at      timestamptz NOT NULL,
                CHECK (cardinality(prices_minor) = cardinality(seat_ids))
            );
            CREATE INDEX intents_idempotency_key ON intents (idempotency_key);
            CREATE INDEX intents_expires_at ON intents (expires_at);
            COMMENT ON TABLE intents IS 'What a buyer was quoted. '
                'No foreign key to events: every intent of a sale would lock that one row.';
            COMMENT ON COLUMN intents.prices_minor IS 'Price of each seat of seat_ids when it was quoted.';
            """)
}
