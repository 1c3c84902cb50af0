import TestSupport
import Testing
import Ticketing

/// Orders that are in each other's way: neighbours want the same seats, and every intent is committed under two keys.
struct Sale: Sendable {
    private let run: LedgerConformance.Run
    private let intents: [Intent]

    init(_ run: LedgerConformance.Run, buyers: Int) async throws {
        self.run = run
        var generator = SeededGenerator(seed: 31)
        var intents: [Intent] = []
        for number in 0..<buyers {
            let seats = (1...30).shuffled(using: &generator).prefix(3).sorted()
            intents.append(try await run.quoted("intent-\(number)", run.sample.user("buyer-\(number)"), seats))
        }
        self.intents = intents
    }

    var keys: Int { intents.count * 2 }

    /// The commits of a batch: the one of this number and its two neighbours.
    func requests(of number: Int) -> [DecisionRequest] {
        [number, number + 1, number + 2].map { number in
            let number = number % keys
            return run.request("commit-\(number)", intents[number / 2])
        }
    }

    /// I1, I2, I4 and I16, by SQL.
    /// - Parameter answered: what the deciders were told, in any order: each must be what stands.
    func check(_ database: LedgerDatabase, answered: [Order] = []) throws {
        let event = run.sample.eventID
        let orders = "FROM orders WHERE event_id = '\(event)'"
        #expect(try database.sql("SELECT count(*), count(DISTINCT idempotency_key) \(orders)") == ["\(keys)|\(keys)"])
        #expect(try database.sql("SELECT 1 \(orders) AND status = 'PROCESSING'") == [])
        #expect(
            try database.sql(
                "SELECT seat_id FROM tickets WHERE event_id = '\(event)' AND voided_at IS NULL GROUP BY 1 "
                    + "HAVING count(*) > 1") == [], "I1: a seat has one live ticket")
        #expect(
            try database.sql("SELECT intent_id \(orders) AND status = 'CONFIRMED' GROUP BY 1 HAVING count(*) > 1")
                == [],
            "an intent is bought once")
        #expect(
            try database.sql(
                """
                SELECT o.order_id FROM orders o
                LEFT JOIN payments p ON p.order_id = o.order_id AND p.status = 'CAPTURED' AND p.intent_id = o.intent_id
                LEFT JOIN LATERAL (
                    SELECT array_agg(seat_id ORDER BY seat_id) AS seats, sum(price_minor) AS total FROM tickets t
                    WHERE t.order_id = o.order_id AND voided_at IS NULL
                ) t ON true
                WHERE o.event_id = '\(event)' AND CASE WHEN o.status = 'CONFIRMED'
                    THEN t.seats IS DISTINCT FROM o.seat_ids OR t.total <> o.total_minor
                        OR p.amount_minor IS DISTINCT FROM o.total_minor
                    ELSE t.seats IS NOT NULL OR p.order_id IS NOT NULL OR o.total_minor <> 0 END
                """) == [], "I4: a confirmed order has all its seats and is paid; a rejected one has nothing")
        #expect(
            try database.sql(
                """
                SELECT p.intent_id FROM payments p JOIN intents i USING (intent_id)
                LEFT JOIN orders o ON o.order_id = p.order_id AND o.status = 'CONFIRMED'
                WHERE i.event_id = '\(event)' AND p.status = 'CAPTURED' AND o.order_id IS NULL
                """) == [], "I16: nothing is captured without tickets")
        #expect(
            try database.sql(
                """
                SELECT o.order_id FROM orders o LEFT JOIN outbox f USING (order_id) WHERE o.event_id = '\(event)'
                GROUP BY o.order_id, o.status HAVING count(f.outbox_id) <> (o.status = 'CONFIRMED')::int
                """) == [], "one fact of each confirmed order")
        let free = try database.sql(
            "SELECT count(*) FROM orders o WHERE event_id = '\(event)' AND reason = 'seat_taken' AND NOT EXISTS "
                + "(SELECT 1 FROM tickets t WHERE t.event_id = o.event_id AND t.seat_id = ANY(o.seat_ids))")
        #expect(free == ["0"], "what refused an order is sold")
        let stands = Set(try database.sql("SELECT order_id, status \(orders)"))
        for order in answered { #expect(stands.contains("\(order.orderID)|\(order.status.rawValue)"), "I2") }
    }
}
