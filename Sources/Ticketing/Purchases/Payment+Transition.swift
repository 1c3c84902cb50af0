extension Payment {
    /// What becomes of an intent's payment by a provider's report. A repeat, and what comes after a final state, changes
    /// nothing.
    /// - Parameters:
    ///   - current: the intent's payment; nil if none was reported.
    ///   - intent: the one that the report names, if there is one.
    /// - Returns: `payment`: as it stands afterwards.
    public static func applying(
        _ report: PaymentReport, to current: Payment?, of intent: Intent?
    ) -> (outcome: PaymentOutcome, payment: Payment?) {
        guard let intent else { return (.intentNotFound, nil) }
        // Only an order captures.
        guard report.amountMinor == intent.amountMinor, report.status != .captured else { return (.mismatch, current) }
        guard !report.providerRef.isReservedReference else { return (.mismatch, current) }
        // A buyer who was declined tries again, under another reference of the provider's.
        if let current, current.status != .declined, current.providerRef != report.providerRef {
            return (.mismatch, current)
        }
        guard current.map({ $0.status.canBecome(report.status) }) ?? true else { return (.unchanged, current) }
        let payment = Payment(
            intentID: intent.intentID, status: report.status, providerRef: report.providerRef,
            amountMinor: report.amountMinor, currency: intent.currency)
        return (.recorded, payment)
    }
}

extension Payment.Status {
    /// Whether a payment in this state can take the other one.
    public func canBecome(_ next: Payment.Status) -> Bool {
        switch (self, next) {
        case (.declined, .approved), (.declined, .cancelled), (.approved, .captured), (.approved, .cancelled): true
        default: false
        }
    }
}

extension Order.Status {
    /// Whether an order in this state can take the other one.
    public func canBecome(_ next: Order.Status) -> Bool { self == .processing && next != .processing }
}
