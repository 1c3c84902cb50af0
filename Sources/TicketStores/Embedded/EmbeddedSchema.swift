internal import GRDB

/// The tables of the embedded database, in the versions they came in. A version that was released never changes.
///
/// The ledger's tables are those of the PostgreSQL migrations in SQLite's types: lists are JSON, instants are
/// milliseconds since 1970 in UTC, but for the catalogue's, which are seconds.
enum EmbeddedSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (name, sql) in [
            ("1 catalogue", catalogue), ("2 holds", holds), ("3 queue", queue), ("4 ledger", ledger),
            ("5 retention", retention),
        ] {
            migrator.registerMigration(name) { try $0.execute(sql: sql) }
        }
        return migrator
    }

    /// Milliseconds since 1970 by SQLite's clock, which is the process's, to the second.
    static let now = "CAST(strftime('%s', 'now') AS INTEGER) * 1000"

    private static let catalogue = """
        CREATE TABLE events (
            event_id       TEXT PRIMARY KEY,
            name           TEXT NOT NULL,
            currency       TEXT NOT NULL,
            sales_open_at  REAL NOT NULL,
            starts_at      REAL NOT NULL,
            purchase_limit INTEGER NOT NULL CHECK (purchase_limit BETWEEN 1 AND 100)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE sections (
            event_id   TEXT NOT NULL REFERENCES events,
            section_id TEXT NOT NULL,
            name       TEXT NOT NULL,
            position   INTEGER NOT NULL,
            PRIMARY KEY (event_id, section_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE seats (
            event_id    TEXT NOT NULL,
            seat_id     TEXT NOT NULL,
            section_id  TEXT NOT NULL,
            row_number  INTEGER NOT NULL,
            seat_number INTEGER NOT NULL,
            price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
            PRIMARY KEY (event_id, seat_id),
            FOREIGN KEY (event_id, section_id) REFERENCES sections
        ) STRICT, WITHOUT ROWID;
        """

    /// A seat without a row is free, and so is a held one from its `expires_at` on.
    private static let holds = """
        CREATE TABLE seat_states (
            event_id   TEXT NOT NULL,
            section_id TEXT NOT NULL,
            seat_id    TEXT NOT NULL,
            state      TEXT NOT NULL CHECK (state IN ('held', 'pinned', 'sold')),
            user_id    TEXT NOT NULL,
            hold_id    TEXT,
            expires_at INTEGER,
            idem       TEXT,
            PRIMARY KEY (event_id, section_id, seat_id),
            CHECK ((state = 'held') = (hold_id IS NOT NULL)),
            CHECK ((state = 'held') = (expires_at IS NOT NULL)),
            CHECK ((state = 'held') = (idem IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX seat_states_user ON seat_states (user_id, event_id);

        CREATE TABLE commit_records (
            idem         TEXT PRIMARY KEY,
            fingerprint  TEXT NOT NULL,
            purchase     TEXT NOT NULL,
            seats        TEXT NOT NULL,
            created_at   INTEGER NOT NULL,
            trace_header TEXT,
            refusal      TEXT,
            is_unsent    INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX commit_records_unsent ON commit_records (created_at, idem) WHERE is_unsent;
        """

    /// A message is in flight while `visible_at` lies ahead; its receipt is its id and its count of receives.
    private static let queue = """
        CREATE TABLE messages (
            message_id    INTEGER PRIMARY KEY AUTOINCREMENT,
            queue         TEXT NOT NULL CHECK (queue IN ('commit', 'dead')),
            group_id      TEXT NOT NULL,
            body          TEXT NOT NULL,
            trace_header  TEXT,
            sent_at       INTEGER NOT NULL,
            receive_count INTEGER NOT NULL DEFAULT 0,
            visible_at    INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX messages_group ON messages (queue, group_id, message_id);
        CREATE INDEX messages_exhausted ON messages (receive_count) WHERE queue = 'commit' AND receive_count >= 5;

        CREATE TABLE deduplications (
            deduplication_id TEXT PRIMARY KEY,
            ends_at          INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deduplications_end ON deduplications (ends_at);
        """

    private static let ledger = """
        CREATE TABLE idempotent_requests (
            user_id         TEXT NOT NULL,
            idempotency_key TEXT NOT NULL,
            fingerprint     TEXT NOT NULL,
            answer_status   INTEGER NOT NULL CHECK (answer_status BETWEEN 200 AND 499),
            answer_location TEXT,
            answer_body     TEXT NOT NULL,
            PRIMARY KEY (user_id, idempotency_key)
        ) STRICT;

        CREATE TABLE intents (
            intent_id       TEXT PRIMARY KEY,
            idempotency_key TEXT NOT NULL,
            user_id         TEXT NOT NULL,
            event_id        TEXT NOT NULL,
            seat_ids        TEXT NOT NULL,
            prices_minor    TEXT NOT NULL,
            currency        TEXT NOT NULL,
            created_at      INTEGER NOT NULL,
            expires_at      INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX intents_idempotency_key ON intents (idempotency_key);

        CREATE TABLE orders (
            idempotency_key TEXT PRIMARY KEY,
            order_id        TEXT NOT NULL UNIQUE,
            user_id         TEXT NOT NULL,
            event_id        TEXT NOT NULL,
            intent_id       TEXT NOT NULL,
            seat_ids        TEXT NOT NULL,
            status          TEXT NOT NULL CHECK (status IN ('CONFIRMED', 'REJECTED')),
            reason          TEXT,
            total_minor     INTEGER NOT NULL CHECK (total_minor >= 0),
            currency        TEXT NOT NULL,
            created_at      INTEGER NOT NULL,
            CHECK ((reason IS NOT NULL) = (status = 'REJECTED'))
        ) STRICT;
        CREATE UNIQUE INDEX orders_live_intent ON orders (intent_id) WHERE status = 'CONFIRMED';
        CREATE INDEX orders_intent ON orders (intent_id);
        CREATE TRIGGER orders_never_change BEFORE UPDATE ON orders
        BEGIN
            SELECT RAISE(ABORT, 'a decided order never changes');
        END;

        CREATE TABLE tickets (
            ticket_id   TEXT PRIMARY KEY,
            order_id    TEXT NOT NULL REFERENCES orders (order_id),
            event_id    TEXT NOT NULL,
            seat_id     TEXT NOT NULL,
            price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
            voided_at   INTEGER,
            FOREIGN KEY (event_id, seat_id) REFERENCES seats
        ) STRICT;
        CREATE UNIQUE INDEX tickets_live_seat ON tickets (event_id, seat_id) WHERE voided_at IS NULL;
        CREATE INDEX tickets_order ON tickets (order_id);

        CREATE TABLE payments (
            intent_id    TEXT PRIMARY KEY REFERENCES intents,
            status       TEXT NOT NULL CHECK (status IN ('DECLINED', 'APPROVED', 'CAPTURED', 'CANCELLED')),
            provider_ref TEXT NOT NULL UNIQUE,
            order_id     TEXT UNIQUE REFERENCES orders (order_id),
            amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
            currency     TEXT NOT NULL,
            CHECK ((order_id IS NOT NULL) = (status = 'CAPTURED'))
        ) STRICT;
        CREATE TRIGGER payments_forward_only BEFORE UPDATE ON payments
            WHEN old.status IN ('CAPTURED', 'CANCELLED')
                OR (old.status = 'APPROVED' AND new.status = 'DECLINED')
                OR (old.status = 'DECLINED' AND new.status = 'CAPTURED')
        BEGIN
            SELECT RAISE(ABORT, 'a payment never steps back');
        END;

        CREATE TABLE outbox (
            outbox_id    INTEGER PRIMARY KEY AUTOINCREMENT,
            order_id     TEXT NOT NULL,
            topic        TEXT NOT NULL,
            payload      TEXT NOT NULL,
            created_at   INTEGER NOT NULL,
            published_at INTEGER
        ) STRICT;
        """

    /// Answers that stand already count from now on.
    private static let retention = """
        ALTER TABLE idempotent_requests ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
        UPDATE idempotent_requests SET created_at = \(now);
        CREATE INDEX idempotent_requests_created_at ON idempotent_requests (created_at);
        CREATE INDEX intents_expires_at ON intents (expires_at);
        CREATE INDEX commit_records_sent ON commit_records (created_at) WHERE NOT is_unsent;
        """
}
