extension Migration {
    static let catalogue = Migration(
        version: 1, name: "catalogue",
        sql: """
            CREATE TABLE events (
                event_id       text PRIMARY KEY CHECK (event_id ~ '^[A-Za-z0-9._-]{1,128}$'),
                name           text NOT NULL,
                currency       text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
                sales_open_at  timestamptz NOT NULL,
                starts_at      timestamptz NOT NULL,
                purchase_limit integer NOT NULL CHECK (purchase_limit BETWEEN 1 AND 100),
                CHECK (sales_open_at < starts_at)
            );
            COMMENT ON TABLE events IS 'What is sold. One event has one currency.';
            COMMENT ON COLUMN events.purchase_limit IS 'The most seats one user may hold and buy.';

            CREATE TABLE sections (
                event_id   text NOT NULL REFERENCES events,
                section_id text NOT NULL CHECK (section_id ~ '^[A-Za-z0-9._-]{1,128}$'),
                name       text NOT NULL,
                position   integer NOT NULL,
                PRIMARY KEY (event_id, section_id)
            );
            COMMENT ON TABLE sections IS 'Parts of the hall, in the order shown to buyers.';

            CREATE TABLE seats (
                event_id    text NOT NULL,
                seat_id     text NOT NULL CHECK (seat_id ~ '^[A-Za-z0-9._-]{1,128}$'),
                section_id  text NOT NULL,
                row_number  integer NOT NULL CHECK (row_number > 0),
                seat_number integer NOT NULL CHECK (seat_number > 0),
                price_minor bigint NOT NULL CHECK (price_minor >= 0),
                PRIMARY KEY (event_id, seat_id),
                FOREIGN KEY (event_id, section_id) REFERENCES sections,
                UNIQUE (event_id, section_id, row_number, seat_number)
            );
            COMMENT ON TABLE seats IS 'The catalogue: every seat there is, and its price today. '
                'A ticket keeps the price paid.';
            COMMENT ON COLUMN seats.price_minor IS 'In minor units of the event''s currency.';
            """)
}
