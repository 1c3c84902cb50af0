extension Migration {
    static let retention = Migration(
        version: 5, name: "retention",
        sql: """
            CREATE INDEX orders_intent ON orders (intent_id);
            COMMENT ON INDEX orders_intent IS 'Which orders a quote led to, rejected ones too: '
                'a quote that led to one is kept.';
            """)
}
