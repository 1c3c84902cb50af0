internal import Foundation
internal import PostgresClient
internal import Ticketing

/// Decides many orders in one transaction: what is known of all of them is read at once, each is decided by the pure rule,
/// and all are written at once. If another transaction was faster at a seat, the whole is done again order by order, each
/// behind a savepoint. The unique index of live tickets has the last word.
struct OrderDecider {
    struct Call: Sendable {
        var requests: [DecisionRequest]
        var capture: CapturePolicy
    }

    private struct Item {
        var request: DecisionRequest
        var capture: CapturePolicy
    }

    private static let attempts = 6

    let pool: PostgresPool

    /// - Returns: one list of orders for each call, in order; a failure if one of its orders cannot be written.
    func decide(_ calls: [Call]) async throws -> [Result<[Order], any Error>] {
        // One key is decided once, whoever asks how often.
        var items: [Item] = []
        var known: Set<String> = []
        for call in calls {
            for request in call.requests where known.insert(request.idem).inserted {
                items.append(Item(request: request, capture: call.capture))
            }
        }
        let orders = try await decide(items)
        return calls.map { call in
            Result {
                try call.requests.map { request in
                    guard let order = orders[request.idem] else {
                        throw StoreError(.invalid, store: PostgresLedger.store, "an order was not decided")
                    }
                    return try order.get()
                }
            }
        }
    }

    private func decide(_ items: [Item]) async throws -> [String: Result<Order, any Error>] {
        for attempt in 1... {
            do {
                do {
                    return try await pool.transaction { try await decide(items, in: $0) }.mapValues { .success($0) }
                } catch let error as PostgresError where error.isAboutOneRow {
                    return try await oneByOne(items)
                }
            } catch let error as PostgresError where error.isRace && attempt < Self.attempts {
                try await Task.sleep(for: .milliseconds(Double.random(in: 0...Double(5 << attempt))))
            }
        }
        preconditionFailure("the loop above ends by itself")
    }

    /// Each order behind a savepoint: one that cannot be written fails alone.
    private func oneByOne(_ items: [Item]) async throws -> [String: Result<Order, any Error>] {
        try await pool.transaction { transaction in
            var orders: [String: Result<Order, any Error>] = [:]
            for item in items {
                for attempt in 1... {
                    do {
                        let decided = try await transaction.withSavepoint { try await decide([item], in: $0) }
                        orders.merge(decided.mapValues { .success($0) }) { $1 }
                        break
                    } catch let error as PostgresError where error.sqlState == "23505" && attempt < Self.attempts {
                        continue  // Somebody else's row, which the next reading sees.
                    } catch let error as PostgresError where error.isAboutOneRow {
                        orders[item.request.idem] = .failure(error)
                        break
                    }
                }
            }
            return orders
        }
    }

    private func decide(_ items: [Item], in transaction: PostgresTransaction) async throws -> [String: Order] {
        var facts = try await Facts(of: items.map(\.request), in: transaction)
        var orders = facts.orders
        var decisions: [Decision] = []
        for item in items where orders[item.request.idem] == nil {
            let decision = Ticketing.decide(item.request, by: facts.known(of: item.request), capture: item.capture)
            facts.note(decision)
            orders[item.request.idem] = decision.order
            decisions.append(decision)
        }
        if !decisions.isEmpty { try await write(decisions, in: transaction) }
        return orders
    }

    // MARK: - What is known

    private struct Facts {
        var orders: [String: Order] = [:]
        private var intents: [String: Intent] = [:]
        private var payments: [String: Payment] = [:]
        private var bought: Set<String> = []
        private var seats: Set<Seat> = []
        private var taken: Set<Seat> = []

        private struct Seat: Hashable {
            var eventID: String
            var seatID: String
        }

        /// Locks the intents first; every later statement sees what was committed before.
        init(of requests: [DecisionRequest], in transaction: PostgresTransaction) async throws {
            let intentIDs = Array(Set(requests.map(\.order.intentId)))
            let wanted = Set(
                requests.flatMap { request in
                    request.order.seatIds.map { Seat(eventID: request.order.eventId, seatID: $0) }
                })
            let (events, ids) = (wanted.map(\.eventID), wanted.map(\.seatID))
            let results = try await transaction.pipeline([
                (.lockIntents, [intentIDs]), (.payments, [intentIDs]), (.ordersOfKeys, [requests.map(\.idem)]),
                (.boughtIntents, [intentIDs]), (.knownSeats, [events, ids]), (.takenSeats, [events, ids]),
            ])
            for row in try results[0].get().rows {
                let intent = try LedgerRows.intent(row)
                intents[intent.intentID] = intent
            }
            for row in try results[1].get().rows {
                let payment = try LedgerRows.payment(row)
                payments[payment.intentID] = payment
            }
            for row in try results[2].get().rows {
                let order = try LedgerRows.order(row)
                orders[order.idem] = order
            }
            for row in try results[3].get().rows { bought.insert(try row.decode("intent_id")) }
            for row in try results[4].get().rows { seats.insert(try Self.seat(row)) }
            for row in try results[5].get().rows { taken.insert(try Self.seat(row)) }
        }

        private static func seat(_ row: PostgresRow) throws(PostgresError) -> Seat {
            Seat(eventID: try row.decode("event_id"), seatID: try row.decode("seat_id"))
        }

        func known(of request: DecisionRequest) -> DecisionFacts {
            let order = request.order
            func among(_ seats: Set<Seat>) -> Set<String> {
                Set(order.seatIds.filter { seats.contains(Seat(eventID: order.eventId, seatID: $0)) })
            }
            return DecisionFacts(
                intent: intents[order.intentId], payment: payments[order.intentId],
                isIntentBought: bought.contains(order.intentId), knownSeats: among(seats), takenSeats: among(taken))
        }

        /// What a decision of this transaction means to the next.
        mutating func note(_ decision: Decision) {
            guard decision.order.status == .confirmed else { return }
            bought.insert(decision.order.intentID)
            for ticket in decision.order.tickets {
                taken.insert(Seat(eventID: decision.order.eventID, seatID: ticket.seatID))
            }
        }
    }

    // MARK: - Writing

    /// "order.confirmed", for whoever tells the buyer.
    private struct Fact: Encodable {
        var orderId: String
        var userId: String
        var eventId: String
        var seatIds: [String]
        var totalMinor: Int64
        var currency: String
    }

    private func write(_ decisions: [Decision], in transaction: PostgresTransaction) async throws {
        let orders = decisions.map(\.order)
        let paid = decisions.compactMap { decision in decision.payment.map { (decision.order.orderID, $0) } }
        let issued = orders.flatMap { order in order.tickets.map { (order: order, ticket: $0) } }
        let sold = orders.filter { $0.status == .confirmed }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let facts = try sold.map { order in
            let fact = Fact(
                orderId: order.orderID, userId: order.userID, eventId: order.eventID, seatIds: order.seatIDs,
                totalMinor: order.totalMinor, currency: order.currency)
            return String(decoding: try encoder.encode(fact), as: UTF8.self)
        }
        let results = try await transaction.pipeline([
            (
                .insertOrders,
                [
                    orders.map(\.idem), orders.map(\.orderID), orders.map(\.userID), orders.map(\.eventID),
                    orders.map(\.intentID), orders.map { $0.seatIDs.postgresText }, orders.map(\.status.rawValue),
                    orders.map { $0.reason?.rawValue ?? "" }, orders.map(\.totalMinor), orders.map(\.currency),
                    orders.map(\.createdAt.milliseconds),
                ]
            ),
            (
                .insertTickets,
                [
                    issued.map(\.ticket.ticketID), issued.map(\.order.orderID), issued.map(\.order.userID),
                    issued.map(\.order.eventID), issued.map(\.ticket.seatID), issued.map(\.ticket.priceMinor),
                ]
            ),
            (
                .capturePayments,
                [
                    paid.map(\.1.intentID), paid.map(\.1.providerRef), paid.map(\.0), paid.map(\.1.amountMinor),
                    paid.map(\.1.currency),
                ]
            ),
            (.insertOutbox, [sold.map(\.orderID), facts]),
        ])
        for result in results { _ = try result.get() }
    }
}

extension PostgresStatement {
    fileprivate static let boughtIntents = PostgresStatement(
        "ledger_bought_intents",
        "SELECT DISTINCT intent_id FROM orders WHERE intent_id = ANY($1::text[]) AND status <> 'REJECTED'")
    fileprivate static let knownSeats = PostgresStatement(
        "ledger_known_seats",
        """
        SELECT wanted.event_id, wanted.seat_id FROM unnest($1::text[], $2::text[]) AS wanted (event_id, seat_id)
        CROSS JOIN LATERAL (
            SELECT 1 FROM seats WHERE seats.event_id = wanted.event_id AND seats.seat_id = wanted.seat_id LIMIT 1
        ) known
        """)
    fileprivate static let takenSeats = PostgresStatement(
        "ledger_taken_seats",
        """
        SELECT wanted.event_id, wanted.seat_id FROM unnest($1::text[], $2::text[]) AS wanted (event_id, seat_id)
        CROSS JOIN LATERAL (
            SELECT 1 FROM tickets WHERE tickets.event_id = wanted.event_id AND tickets.seat_id = wanted.seat_id
                AND voided_at IS NULL LIMIT 1
        ) taken
        """)
    fileprivate static let insertOrders = PostgresStatement(
        "ledger_insert_orders",
        """
        INSERT INTO orders (idempotency_key, order_id, user_id, event_id, intent_id, seat_ids, status, reason,
            total_minor, currency, created_at, decided_at)
        SELECT idem, order_id, user_id, event_id, intent_id, seat_ids::text[], status, nullif(reason, ''), total, currency,
            to_timestamp(created_ms::float8 / 1000), now()
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::bigint[], $10::text[], $11::bigint[])
            AS decided (idem, order_id, user_id, event_id, intent_id, seat_ids, status, reason, total, currency,
                created_ms)
        ORDER BY idem COLLATE "C"
        """)
    fileprivate static let insertTickets = PostgresStatement(
        "ledger_insert_tickets",
        """
        INSERT INTO tickets (ticket_id, order_id, user_id, event_id, seat_id, price_minor)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
            AS issued (ticket_id, order_id, user_id, event_id, seat_id, price)
        ORDER BY event_id COLLATE "C", seat_id COLLATE "C"
        """)
    fileprivate static let capturePayments = PostgresStatement(
        "ledger_capture_payments",
        """
        INSERT INTO payments (intent_id, status, provider_ref, order_id, amount_minor, currency)
        SELECT intent_id, 'CAPTURED', provider_ref, order_id, amount, currency
        FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[])
            AS paid (intent_id, provider_ref, order_id, amount, currency)
        ORDER BY intent_id COLLATE "C"
        ON CONFLICT (intent_id) DO UPDATE SET status = 'CAPTURED', order_id = excluded.order_id, updated_at = now()
        """)
    fileprivate static let insertOutbox = PostgresStatement(
        "ledger_insert_outbox",
        """
        INSERT INTO outbox (order_id, topic, payload)
        SELECT order_id, 'order.confirmed', payload::jsonb FROM unnest($1::text[], $2::text[])
            AS fact (order_id, payload)
        """)
}
