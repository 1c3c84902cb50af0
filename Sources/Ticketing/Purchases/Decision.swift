/// What the ledger knows when it decides an order, read in the deciding transaction.
public struct DecisionFacts: Sendable {
    public var intent: Intent?
    public var payment: Payment?
    /// An order that is not rejected stands for the intent under another key.
    public var isIntentBought: Bool
    /// Those of the order's seats that are in the catalogue.
    public var knownSeats: Set<String>
    /// Those of the order's seats that have a live ticket.
    public var takenSeats: Set<String>

    public init(
        intent: Intent?, payment: Payment?, isIntentBought: Bool, knownSeats: Set<String>, takenSeats: Set<String>
    ) {
        self.intent = intent
        self.payment = payment
        self.isIntentBought = isIntentBought
        self.knownSeats = knownSeats
        self.takenSeats = takenSeats
    }
}

/// An order's end, and what is written with it.
public struct Decision: Sendable, Equatable {
    /// CONFIRMED with its tickets, or REJECTED with its reason and without a price.
    public var order: Order
    /// Of a confirmed order: captured.
    public var payment: Payment?
}

/// Decides an order. The same facts always give the same decision, ids included.
public func decide(_ request: DecisionRequest, by facts: DecisionFacts, capture: CapturePolicy) -> Decision {
    switch purchase(request, by: facts, capture: capture) {
    case .success(let (intent, payment)): confirmed(request, intent, payment)
    case .failure(let rejection): rejected(request, rejection.reason, currency: facts.intent?.currency)
    }
}

private struct Rejection: Error {
    var reason: RejectionReason
}

/// The quote and the captured payment that the order is confirmed by.
private func purchase(
    _ request: DecisionRequest, by facts: DecisionFacts, capture: CapturePolicy
) -> Result<(Intent, Payment), Rejection> {
    func reject(_ reason: RejectionReason) -> Result<(Intent, Payment), Rejection> {
        .failure(Rejection(reason: reason))
    }
    let order = request.order
    guard let intent = facts.intent, intent.intentID == order.intentId else { return reject(.intentNotFound) }
    guard intent.userID.isSameText(as: order.userId), intent.eventID.isSameText(as: order.eventId),
        intent.seatIDs.areSameTexts(as: order.seatIds), intent.pricesMinor.count == intent.seatIDs.count,
        !facts.isIntentBought,
        facts.payment?.status != .captured
    else { return reject(.intentMismatch) }
    guard facts.knownSeats.isSuperset(of: order.seatIds) else { return reject(.seatNotFound) }
    guard facts.takenSeats.isDisjoint(with: order.seatIds) else { return reject(.seatTaken) }

    var payment: Payment
    switch (facts.payment, capture) {
    case (let approved?, _) where approved.status == .approved: payment = approved
    case (.some, _): return reject(.paymentDeclined)
    case (nil, .approvedOnly): return reject(.paymentRequired)
    case (nil, .withoutProvider):
        payment = Payment(
            intentID: intent.intentID, status: .approved,
            providerRef: Payment.reference(withoutProviderFor: intent.intentID),
            amountMinor: intent.amountMinor, currency: intent.currency)
    }
    // I4: what is captured is what the seats cost.
    guard payment.intentID == intent.intentID, payment.amountMinor == intent.amountMinor,
        payment.currency == intent.currency
    else { return reject(.paymentRequired) }
    payment.status = .captured
    return .success((intent, payment))
}

private func confirmed(_ request: DecisionRequest, _ intent: Intent, _ payment: Payment) -> Decision {
    var order = decided(request, .confirmed, currency: intent.currency)
    order.totalMinor = intent.amountMinor
    order.tickets = zip(intent.seatIDs, intent.pricesMinor).map { seatID, price in
        Ticket(ticketID: ticketID(orderID: order.orderID, seatID: seatID), seatID: seatID, priceMinor: price)
    }
    return Decision(order: order, payment: payment)
}

private func rejected(_ request: DecisionRequest, _ reason: RejectionReason, currency: String?) -> Decision {
    // "XXX": no currency (ISO 4217).
    var order = decided(request, .rejected, currency: currency ?? "XXX")
    order.reason = reason
    return Decision(order: order, payment: nil)
}

private func decided(_ request: DecisionRequest, _ status: Order.Status, currency: String) -> Order {
    Order(
        orderID: orderID(idem: request.idem), idem: request.idem, userID: request.order.userId,
        eventID: request.order.eventId, intentID: request.order.intentId, seatIDs: request.order.seatIds,
        status: status, totalMinor: 0, currency: currency, createdAt: request.acceptedAt)
}
