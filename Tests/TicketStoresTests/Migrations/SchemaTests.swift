import PostgresClient
import TestSupport
import Testing
import TicketStores
import Ticketing

/// What the schema itself refuses, whatever the code above it does.
@Suite struct SchemaTests {
    private func withSchema(_ body: (PostgresConnection) async throws -> Void) async throws {
        try await PostgresServer.withDatabase { connection, _ in
            _ = try await MigrationRunner(toolVersion: "1").migrate(connection)
            _ = try await CatalogueSeeder().seed(.demo, on: connection)
            try await body(connection)
        }
    }

    private func order(_ key: String, intent: String, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            INSERT INTO orders (idempotency_key, order_id, user_id, event_id, intent_id, seat_ids, status, total_minor,
                                currency)
            VALUES ($1, 'o-' || $1, 'u', 'event-0001', $2, '{R1C1}', 'PROCESSING', 15000, 'JPY')
            """,
            [key, intent])
    }

    private func refusal(
        _ connection: PostgresConnection, _ sql: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String? {
        let error = await #expect(throws: PostgresError.self, sourceLocation: sourceLocation) {
            try await connection.query(sql)
        }
        return error?.constraint
    }

    @Test func aSeatHasAtMostOneLiveTicket() async throws {
        try await withSchema { connection in
            try await order("key-0001", intent: "i1", on: connection)
            try await order("key-0002", intent: "i2", on: connection)
            let ticket = """
                INSERT INTO tickets (ticket_id, order_id, user_id, event_id, seat_id, price_minor) VALUES
                """
            try await connection.query("\(ticket) ('t1', 'o-key-0001', 'u', 'event-0001', 'R1C1', 15000)")
            let second = "\(ticket) ('t2', 'o-key-0002', 'u', 'event-0001', 'R1C1', 15000)"
            #expect(try await refusal(connection, second) == "tickets_live_seat")
            #expect(
                try await refusal(connection, "\(ticket) ('t3', 'o-key-0002', 'u', 'event-0001', 'R99C1', 1)")
                    == "tickets_event_id_seat_id_fkey")
            // A voided ticket frees its seat.
            try await connection.query("UPDATE tickets SET voided_at = now() WHERE ticket_id = 't1'")
            try await connection.query(second)
        }
    }

    @Test func anOrdersStatusOnlyMovesForward() async throws {
        try await withSchema { connection in
            try await order("key-0001", intent: "i1", on: connection)
            try await order("key-0002", intent: "i2", on: connection)
            let update = "UPDATE orders SET decided_at = now(), status ="
            #expect(
                try await refusal(connection, "UPDATE orders SET user_id = 'thief' WHERE idempotency_key = 'key-0001'")
                    == "orders_forward_only")
            #expect(try await refusal(connection, "\(update) 'REJECTED'") == "orders_reason_if_rejected")
            try await connection.query("\(update) 'CONFIRMED' WHERE idempotency_key = 'key-0001'")
            try await connection.query("\(update) 'REJECTED', reason = 'r' WHERE idempotency_key = 'key-0002'")
            for (key, change) in [
                ("key-0001", "status = 'PROCESSING', decided_at = NULL"),
                ("key-0001", "status = 'REJECTED', reason = 'seat_taken'"),
                ("key-0001", "total_minor = 1"),
                ("key-0002", "status = 'CONFIRMED', reason = NULL"),
                ("key-0002", "status = 'PROCESSING', reason = NULL, decided_at = NULL"),
            ] {
                let sql = "UPDATE orders SET \(change) WHERE idempotency_key = '\(key)'"
                #expect(try await refusal(connection, sql) == "orders_forward_only", "\(sql)")
            }
            // Writing what stands is no change: a message may be delivered again.
            try await connection.query("UPDATE orders SET status = status WHERE idempotency_key = 'key-0001'")
        }
    }

    @Test func aKeyHasOneOrderAndAnIntentOneLiveOrder() async throws {
        try await withSchema { connection in
            try await order("key-0001", intent: "i1", on: connection)
            let key = await #expect(throws: PostgresError.self) {
                try await order("key-0001", intent: "i9", on: connection)
            }
            #expect(key?.constraint == "orders_pkey")
            let intent = await #expect(throws: PostgresError.self) {
                try await order("key-0002", intent: "i1", on: connection)
            }
            #expect(intent?.constraint == "orders_live_intent")
            try await connection.query("UPDATE orders SET status = 'REJECTED', reason = 'r', decided_at = now()")
            try await order("key-0002", intent: "i1", on: connection)
        }
    }

    @Test func aPaymentIsCapturedOnceAndForAnOrder() async throws {
        try await withSchema { connection in
            try await order("key-0001", intent: "i1", on: connection)
            try await connection.execute(
                script: """
                    INSERT INTO intents (intent_id, idempotency_key, user_id, event_id, seat_ids, prices_minor,
                                         amount_minor, currency, expires_at)
                    VALUES ('i1', 'key-0001', 'u', 'event-0001', '{R1C1}', '{15000}', 15000, 'JPY', now());
                    INSERT INTO payments (intent_id, status, provider_ref, amount_minor, currency)
                    VALUES ('i1', 'DECLINED', 'p1', 15000, 'JPY');
                    """)
            let update = "UPDATE payments SET status ="
            #expect(
                try await refusal(connection, "\(update) 'CAPTURED', order_id = 'o-key-0001'")
                    == "payments_forward_only")
            try await connection.query("\(update) 'APPROVED'")
            #expect(try await refusal(connection, "\(update) 'DECLINED'") == "payments_forward_only")
            #expect(try await refusal(connection, "\(update) 'CAPTURED'") == "payments_captured_for_an_order")
            try await connection.query("\(update) 'CAPTURED', order_id = 'o-key-0001'")
            #expect(
                try await refusal(connection, "\(update) 'CANCELLED', order_id = NULL") == "payments_forward_only")
        }
    }

    @Test func anIdempotencyKeyHasOneAnswerAUserAndRoute() async throws {
        try await withSchema { connection in
            let insert = """
                INSERT INTO idempotent_requests (route, user_id, idempotency_key, fingerprint) VALUES
                """
            let fingerprint = String(repeating: "a", count: 64)
            try await connection.query("\(insert) ('r', 'u', 'key-0001', '\(fingerprint)')")
            try await connection.query("\(insert) ('r', 'v', 'key-0001', '\(fingerprint)')")
            try await connection.query("\(insert) ('s', 'u', 'key-0001', '\(fingerprint)')")
            #expect(
                try await refusal(connection, "\(insert) ('r', 'u', 'key-0001', '\(fingerprint)')")
                    == "idempotent_requests_pkey")
        }
    }
}
