internal import HTTPServer
internal import OpenSSLCrypto
internal import Ticketing

/// `GET /confirm/status`: the order under the key of a commit, or of a payment intent.
struct OrderStatus {
    let context: RoleContext
    private let codes: TicketCode

    init(context: RoleContext) {
        self.context = context
        codes = TicketCode(secret: context.keys.room)
    }

    private struct Answer: Encodable {
        var order: OrderView?
        var payment: PaymentView?

        enum CodingKeys: CodingKey { case order, payment }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            // null rather than nothing: both fields are always there.
            try fields.encode(order, forKey: .order)
            try fields.encode(payment, forKey: .payment)
        }
    }

    private struct OrderView: Encodable {
        struct TicketView: Encodable {
            var ticketId: String
            var seatId: String
            var qr: String
        }

        var orderId: String
        var idem: String
        var eventId: String
        var seatIds: [String]
        var status: Order.Status
        var reason: RejectionReason?
        var total: Int64
        var currency: String
        var tickets: [TicketView]
    }

    private struct PaymentView: Encodable {
        var intentId: String
        var status: Payment.Status
        var amount: Int64
        var currency: String
        var providerRef: String
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let text = request.query("idem") else { throw APIError.badRequest("idem: it is missing") }
        let idem: String
        do {
            idem = try IdempotencyKey(header: text).text
        } catch {
            throw APIError.badRequest("idem: \(error)")
        }
        let found = try await find(idem)
        let body = jsonText(
            Answer(order: found.order.map(view), payment: found.payment.map(view)))
        let etag = "\"\(SHA256.hex(body).prefix(32))\""
        let isFinal = found.order.map { $0.status != .processing } ?? false
        var headers = [
            ("Content-Type", "application/json"), ("ETag", etag),
            ("Cache-Control", isFinal ? "private, max-age=60" : "private, no-cache"),
        ]
        if !isFinal { headers.append(("Retry-After", "1")) }
        if request.header("if-none-match").map({ matches($0, etag) }) == true {
            return HTTPResponse(status: 304, headers: headers, text: "")
        }
        return HTTPResponse(status: 200, headers: headers, text: body)
    }

    /// The ledger's decision, else the promise, else what was quoted under the key.
    private func find(_ idem: String) async throws -> (order: Order?, payment: Payment?) {
        if let found = try await context.backends.ledger.order(idem: idem) { return (found.order, found.payment) }
        if let record = try await context.backends.holds.commit(idem: idem) {
            let found = try await context.backends.ledger.intent(record.order.intentId)
            guard record.refusal == nil else { return (nil, found?.payment) }
            let order = Order(
                orderID: orderID(idem: idem), idem: idem, userID: record.order.userId, eventID: record.order.eventId,
                intentID: record.order.intentId, seatIDs: record.order.seatIds, status: .processing,
                totalMinor: found?.intent.amountMinor ?? 0, currency: found?.intent.currency ?? "XXX",
                createdAt: record.createdAt)
            return (order, found?.payment)
        }
        let intents = try await context.backends.ledger.intents(idem: idem)
        // One user's only if the first was made so long ago that its answer is forgotten: the latest counts.
        guard let intent = intents.last else {
            throw APIError(404, "not_found", "nothing is known under this key; check it")
        }
        guard intents.allSatisfy({ $0.userID.isSameText(as: intent.userID) }) else {
            throw APIError.badRequest("idem: several users quoted seats under this key; ask by the key of the commit")
        }
        if let found = try await context.backends.ledger.order(intentID: intent.intentID) {
            return (found.order, found.payment)
        }
        return (nil, try await context.backends.ledger.intent(intent.intentID)?.payment)
    }

    private func view(_ order: Order) -> OrderView {
        OrderView(
            orderId: order.orderID, idem: order.idem, eventId: order.eventID, seatIds: order.seatIDs,
            status: order.status, reason: order.reason, total: order.totalMinor, currency: order.currency,
            tickets: order.tickets.map {
                .init(ticketId: $0.ticketID, seatId: $0.seatID, qr: codes.text(ticketID: $0.ticketID))
            })
    }

    private func view(_ payment: Payment) -> PaymentView {
        PaymentView(
            intentId: payment.intentID, status: payment.status, amount: payment.amountMinor,
            currency: payment.currency, providerRef: payment.providerRef)
    }
}

/// Whether an `If-None-Match` names the tag, weakly compared (RFC 9110, section 13.1.2).
func matches(_ header: String, _ etag: String) -> Bool {
    header.split(separator: ",").contains { entry in
        var text = entry.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        return text == "*" || text == etag
    }
}
