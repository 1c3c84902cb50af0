import Foundation
import Ticketing

/// The steps of a purchase, each a call.
extension Visit {
    func intent(_ guest: Guest, _ key: String, _ seats: [String]) async throws -> SmokeClient.Answer {
        try await post(
            "/confirm/payment-intent", VisitBody(userId: guest.userID, eventId: eventID, seatIds: seats),
            ["Idempotency-Key": key, "x-room-token": guest.token])
    }

    /// Seats that are held and quoted.
    func quoted(_ guest: Guest, _ count: Int = 1) async throws -> (intent: PaymentIntent, seats: [Seat]) {
        let seats = try await held(guest, count)
        return (try await intent(guest, key(), seats.map(\.id)).expect(201).json(), seats)
    }

    /// - Parameter changes: of the report's fields.
    func pay(_ intent: PaymentIntent, _ kind: String = "approved", amount: Int64? = nil) async throws
        -> SmokeClient.Answer
    {
        let body = Self.paymentReport(intent, kind, amount: amount)
        return try await pay(bytes: body, signature(body))
    }

    func pay(bytes: [UInt8], _ signature: String?) async throws -> SmokeClient.Answer {
        try await post("/confirm/payment-callback", bytes: bytes, signature.map { ["X-Signature": $0] } ?? [:])
    }

    static func paymentReport(_ intent: PaymentIntent, _ kind: String, amount: Int64? = nil) -> [UInt8] {
        struct Report: Encodable {
            var eventType: String
            var intentId: String
            var providerRef: String
            var amount: Int64
        }
        let report = Report(
            eventType: kind, intentId: intent.intentId, providerRef: "e2e-\(intent.intentId)",
            amount: amount ?? intent.amount)
        return (try? JSONEncoder().encode(report)).map(Array.init) ?? []
    }

    /// - Throws: `NotShown` without the payment provider's secret.
    func signature(_ body: [UInt8], at time: Timestamp = .now()) throws -> String {
        guard let webhookSecret else { throw NotShown(reason: "no --webhook-secret-env") }
        return WebhookSignature(secret: webhookSecret).header(body: body, at: time)
    }

    func commit(_ guest: Guest, _ key: String, _ intentID: String, _ seats: [String]) async throws
        -> SmokeClient.Answer
    {
        try await post(
            "/confirm/commit",
            VisitBody(userId: guest.userID, eventId: eventID, seatIds: seats, intentId: intentID),
            ["Idempotency-Key": key])
    }

    /// A commit after a payment, if payments can be reported.
    /// - Throws: `NotShown` when the platform waits for its payment provider and nobody can speak for it.
    func paidCommit(_ guest: Guest, _ key: String, _ intent: PaymentIntent, _ seats: [String]) async throws
        -> SmokeClient.Answer
    {
        if webhookSecret != nil { _ = try await pay(intent).expect(200) }
        let answer = try await commit(guest, key, intent.intentId, seats)
        if answer.status == 402, webhookSecret == nil {
            throw NotShown(reason: "the platform waits for its payment provider: give --webhook-secret-env")
        }
        return answer
    }

    func status(_ key: String, _ headers: [String: String] = [:]) async throws -> SmokeClient.Answer {
        let known = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        let idem = key.addingPercentEncoding(withAllowedCharacters: known) ?? ""
        return try await get("/confirm/status?idem=\(idem)", headers)
    }

    /// The order once it is decided.
    func decided(_ key: String) async throws -> PurchaseStatus.Order {
        var order: PurchaseStatus.Order?
        try await eventually("a decision") {
            let status: PurchaseStatus = try await self.status(key).expect(200).json()
            guard let found = status.order, found.status != "PROCESSING" else {
                return "still PROCESSING; is a worker running?"
            }
            order = found
            return nil
        }
        guard let order else { throw SmokeFailure(expected: "an order", got: "none") }
        return order
    }

    struct Bought {
        var key: String
        var intent: PaymentIntent
        var seats: [Seat]
        var first: SmokeClient.Answer
        var order: PurchaseStatus.Order
    }

    /// A whole purchase.
    func bought(_ guest: Guest, _ count: Int = 1) async throws -> Bought {
        let (intent, seats) = try await quoted(guest, count)
        let key = key()
        let first = try await paidCommit(guest, key, intent, seats.map(\.id)).expect(202)
        let order = try await decided(key)
        try require(order.status == "CONFIRMED", "CONFIRMED", got: "\(order.status) \(order.reason ?? "")")
        return Bought(key: key, intent: intent, seats: seats, first: first, order: order)
    }
}
