import Testing

@testable import Ticketing

@Suite struct PaymentTransitionTests {
    private static let intent = Intent(
        intentID: "int_1", userID: "u", eventID: "e", seatIDs: ["a", "b"], pricesMinor: [700, 300], currency: "JPY",
        createdAt: Sample.now, expiresAt: Sample.now)

    private static func payment(_ status: Payment.Status, ref: String = "p-1") -> Payment {
        Payment(intentID: "int_1", status: status, providerRef: ref, amountMinor: 1_000, currency: "JPY")
    }

    private static func report(_ status: Payment.Status, ref: String = "p-1", amount: Int64 = 1_000) -> PaymentReport {
        PaymentReport(intentID: "int_1", status: status, providerRef: ref, amountMinor: amount)
    }

    @Test(
        arguments: [
            // current, report, outcome
            (nil, .declined, .recorded), (nil, .approved, .recorded), (nil, .cancelled, .recorded),
            (.declined, .declined, .unchanged), (.declined, .approved, .recorded), (.declined, .cancelled, .recorded),
            (.approved, .declined, .unchanged), (.approved, .approved, .unchanged), (.approved, .cancelled, .recorded),
            (.captured, .declined, .unchanged), (.captured, .approved, .unchanged), (.captured, .cancelled, .unchanged),
            (.cancelled, .declined, .unchanged), (.cancelled, .approved, .unchanged),
            (.cancelled, .cancelled, .unchanged),
            (nil, .captured, .mismatch), (.approved, .captured, .mismatch),
        ] as [(Payment.Status?, Payment.Status, PaymentOutcome)])
    func `a payment only goes forward`(
        current: Payment.Status?, reported: Payment.Status, outcome: PaymentOutcome
    ) {
        let current = current.map { Self.payment($0) }
        let result = Payment.applying(Self.report(reported), to: current, of: Self.intent)
        #expect(result.outcome == outcome)
        #expect(result.payment == (outcome == .recorded ? Self.payment(reported) : current))
        // A repeat changes nothing.
        let again = Payment.applying(Self.report(reported), to: result.payment, of: Self.intent)
        #expect(again.payment == result.payment)
        #expect(again.outcome == (outcome == .mismatch ? .mismatch : .unchanged))
    }

    @Test func `another amount or reference changes nothing`() {
        for current in [nil, Self.payment(.declined), Self.payment(.approved), Self.payment(.captured)] {
            for amount in [999, 1_001, 0, -1_000] as [Int64] {
                let result = Payment.applying(Self.report(.approved, amount: amount), to: current, of: Self.intent)
                #expect(result.outcome == .mismatch && result.payment == current)
            }
        }
        for status in [.approved, .captured, .cancelled] as [Payment.Status] {
            let result = Payment.applying(
                Self.report(.approved, ref: "p-2"), to: Self.payment(status), of: Self.intent)
            #expect(result.outcome == .mismatch && result.payment == Self.payment(status))
        }
        let unknown = Payment.applying(Self.report(.approved), to: nil, of: nil)
        #expect(unknown.outcome == .intentNotFound && unknown.payment == nil)
    }

    @Test func `who was declined may pay in another way`() {
        let result = Payment.applying(
            Self.report(.approved, ref: "p-2"), to: Self.payment(.declined), of: Self.intent)
        #expect(result.outcome == .recorded && result.payment == Self.payment(.approved, ref: "p-2"))
    }

    @Test func `an order is decided once`() {
        let all: [Order.Status] = [.processing, .confirmed, .rejected]
        let moves = all.flatMap { from in all.filter(from.canBecome).map { "\(from) \($0)" } }
        #expect(moves == ["processing confirmed", "processing rejected"])
    }
}
