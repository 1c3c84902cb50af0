internal import GRDB
public import Ticketing

extension SQLiteLedger {
    public func record(_ report: PaymentReport) async throws -> PaymentOutcome {
        try await database.write(Self.store) { db in
            let (outcome, payment) = Payment.applying(
                report, to: try db.payment(intentID: report.intentID), of: try db.intent(report.intentID))
            guard outcome == .recorded, let payment else { return outcome }
            let isAnothers =
                try db.int(
                    "SELECT count(*) FROM payments WHERE provider_ref = ? AND intent_id <> ?",
                    [payment.providerRef, payment.intentID]) > 0
            guard !isAnothers else { return .mismatch }
            try db.put(payment)
            return .recorded
        }
    }

    public func decide(_ requests: [DecisionRequest], capture: CapturePolicy) async throws -> [Order] {
        guard !requests.isEmpty else { return [] }
        return try await database.write(Self.store) { db in
            try requests.map { try db.decide($0, capture: capture) }
        }
    }
}

extension Database {
    fileprivate func decide(_ request: DecisionRequest, capture: CapturePolicy) throws -> Order {
        if let standing = try order(idem: request.idem) { return standing }
        let decision = Ticketing.decide(request, by: try facts(of: request), capture: capture)
        try insert(decision.order)
        if let payment = decision.payment {
            try put(payment, orderID: decision.order.orderID)
            try publish(decision.order)
        }
        return decision.order
    }

    private func facts(of request: DecisionRequest) throws -> DecisionFacts {
        let order = request.order
        func seats(_ sql: String) throws -> Set<String> {
            Set(try order.seatIds.filter { try int(sql, [order.eventId, $0]) > 0 })
        }
        return DecisionFacts(
            intent: try intent(order.intentId), payment: try payment(intentID: order.intentId),
            isIntentBought: try int(
                "SELECT count(*) FROM orders WHERE intent_id = ? AND status = 'CONFIRMED'", [order.intentId]) > 0,
            knownSeats: try seats("SELECT count(*) FROM seats WHERE event_id = ? AND seat_id = ?"),
            takenSeats: try seats(
                "SELECT count(*) FROM tickets WHERE event_id = ? AND seat_id = ? AND voided_at IS NULL"))
    }

    private func publish(_ order: Order) throws {
        struct Fact: Encodable {
            var orderId: String
            var userId: String
            var eventId: String
            var seatIds: [String]
            var totalMinor: Int64
            var currency: String
        }
        let fact = Fact(
            orderId: order.orderID, userId: order.userID, eventId: order.eventID, seatIds: order.seatIDs,
            totalMinor: order.totalMinor, currency: order.currency)
        try run(
            "INSERT INTO outbox (order_id, topic, payload, created_at) VALUES (?, 'order.confirmed', ?, ?)",
            [order.orderID, try StoredJSON.text(fact), order.createdAt.milliseconds])
    }
}
