import TestSupport
import Testing

@testable import Ticketing

@Suite struct DecisionTests {
    private static let intent = Intent(
        intentID: "int_1", userID: "u", eventID: "e", seatIDs: ["a", "b"], pricesMinor: [700, 300], currency: "JPY",
        createdAt: Sample.now, expiresAt: Sample.now)
    private static let request = DecisionRequest(
        idem: "idem-0001", order: CommitOrder(intentId: "int_1", eventId: "e", seatIds: ["a", "b"], userId: "u"),
        acceptedAt: Sample.now)

    private static func payment(_ status: Payment.Status, amount: Int64 = 1_000) -> Payment {
        Payment(intentID: "int_1", status: status, providerRef: "p-1", amountMinor: amount, currency: "JPY")
    }

    private static func facts(_ change: (inout DecisionFacts) -> Void = { _ in }) -> DecisionFacts {
        var facts = DecisionFacts(
            intent: intent, payment: payment(.approved), isIntentBought: false, knownSeats: ["a", "b"], takenSeats: [])
        change(&facts)
        return facts
    }

    @Test func `a paid order is confirmed with a ticket for every seat and its payment captured`() {
        let decision = decide(Self.request, by: Self.facts(), capture: .approvedOnly)
        let id = orderID(idem: "idem-0001")
        #expect(
            decision
                == Decision(
                    order: Order(
                        orderID: id, idem: "idem-0001", userID: "u", eventID: "e", intentID: "int_1",
                        seatIDs: ["a", "b"], status: .confirmed, totalMinor: 1_000, currency: "JPY",
                        createdAt: Sample.now,
                        tickets: [
                            Ticket(ticketID: ticketID(orderID: id, seatID: "a"), seatID: "a", priceMinor: 700),
                            Ticket(ticketID: ticketID(orderID: id, seatID: "b"), seatID: "b", priceMinor: 300),
                        ]),
                    payment: Self.payment(.captured)))
        #expect(decide(Self.request, by: Self.facts(), capture: .approvedOnly) == decision)
    }

    @Test func `without a provider the amount counts as paid, unless it was declined`() {
        let decision = decide(Self.request, by: Self.facts { $0.payment = nil }, capture: .withoutProvider)
        #expect(decision.order.status == .confirmed)
        #expect(
            decision.payment
                == Payment(
                    intentID: "int_1", status: .captured, providerRef: "none-int_1", amountMinor: 1_000,
                    currency: "JPY"))
    }

    private struct Case: CustomStringConvertible, Sendable {
        var reason: RejectionReason
        var capture = CapturePolicy.approvedOnly
        var facts: DecisionFacts
        var request = DecisionTests.request

        var description: String { "\(reason) \(capture)" }

        init(
            _ reason: RejectionReason, _ capture: CapturePolicy = .approvedOnly,
            facts: (inout DecisionFacts) -> Void = { _ in }, request: (inout DecisionRequest) -> Void = { _ in }
        ) {
            self.reason = reason
            self.capture = capture
            self.facts = DecisionTests.facts(facts)
            request(&self.request)
        }
    }

    private static let rejections: [Case] = [
        Case(.intentNotFound) { $0.intent = nil },
        Case(.intentNotFound, request: { $0.order.intentId = "int_2" }),
        Case(.intentMismatch, request: { $0.order.userId = "v" }),
        Case(
            .intentMismatch, facts: { $0.intent?.userID = "\u{e9}" }, request: { $0.order.userId = "e\u{301}" }),
        Case(.intentMismatch, request: { $0.order.eventId = "f" }),
        Case(.intentMismatch, request: { $0.order.seatIds = ["a"] }),
        Case(.intentMismatch, request: { $0.order.seatIds = ["a", "b", "c"] }),
        Case(.intentMismatch) { $0.isIntentBought = true },
        Case(.intentMismatch, .withoutProvider) { $0.payment = payment(.captured) },
        Case(.seatNotFound) { $0.knownSeats = ["a"] },
        Case(.seatTaken) { $0.takenSeats = ["b"] },
        Case(.paymentRequired) { $0.payment = nil },
        Case(.paymentRequired) { $0.payment?.amountMinor = 999 },
        Case(.paymentRequired, .withoutProvider) { $0.payment?.amountMinor = 1_001 },
        Case(.paymentRequired) { $0.payment?.currency = "KRW" },
        Case(.paymentRequired) { $0.payment?.intentID = "int_2" },
        Case(.paymentDeclined) { $0.payment = payment(.declined) },
        Case(.paymentDeclined) { $0.payment = payment(.cancelled) },
        Case(.paymentDeclined, .withoutProvider) { $0.payment = payment(.declined) },
        Case(.paymentDeclined, .withoutProvider) { $0.payment = payment(.cancelled) },
    ]

    @Test(arguments: rejections.indices)
    func `what cannot be sold is rejected, without ticket, price or payment`(index: Int) {
        let given = Self.rejections[index]
        let decision = decide(given.request, by: given.facts, capture: given.capture)
        #expect(decision.order.status == .rejected && decision.order.reason == given.reason, "\(given)")
        #expect(decision.order.tickets.isEmpty && decision.order.totalMinor == 0 && decision.payment == nil)
        #expect(decision.order.idem == given.request.idem && decision.order.seatIDs == given.request.order.seatIds)
        #expect(decision.order.currency == (given.facts.intent == nil ? "XXX" : "JPY"))
    }

    /// I1, I4 and I16 over a small ledger: many buyers, few seats, every order decided on what the ones before left.
    @Test(arguments: UInt64(1)...20)
    func `no seat is sold twice and no payment captured without tickets, in any order of decisions`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let all = ["a", "b", "c", "d", "e", "f"]
        var taken: Set<String> = []
        var bought: Set<String> = []
        var payments: [String: Payment] = [:]
        var sold = 0
        for number in 0..<200 {
            let seats = all.shuffled(using: &generator).prefix(Int.random(in: 1...3, using: &generator)).sorted()
            let intentID = "int_\(Int.random(in: 0..<60, using: &generator))"
            let intent = Intent(
                intentID: intentID, userID: "u", eventID: "e", seatIDs: seats, pricesMinor: seats.map { _ in 100 },
                currency: "JPY", createdAt: Sample.now, expiresAt: Sample.now)
            let report = PaymentReport(
                intentID: intentID,
                status: ([.approved, .declined, .cancelled] as [Payment.Status]).randomElement(using: &generator)
                    ?? .approved,
                providerRef: "p-\(intentID)", amountMinor: intent.amountMinor)
            if Bool.random(using: &generator) {
                payments[intentID] = Payment.applying(report, to: payments[intentID], of: intent).payment
            }
            let decision = decide(
                DecisionRequest(
                    idem: "idem-\(number)",
                    order: CommitOrder(intentId: intentID, eventId: "e", seatIds: seats, userId: "u"),
                    acceptedAt: Sample.now),
                by: DecisionFacts(
                    intent: intent, payment: payments[intentID], isIntentBought: bought.contains(intentID),
                    knownSeats: Set(all.dropLast()), takenSeats: taken),
                capture: Bool.random(using: &generator) ? .approvedOnly : .withoutProvider)
            #expect((decision.order.status == .confirmed) == (decision.payment != nil))
            guard let payment = decision.payment else { continue }
            #expect(payments[intentID]?.status.canBecome(.captured) ?? true, "seed \(seed)")
            #expect(payment.amountMinor == decision.order.tickets.reduce(0) { $0 + $1.priceMinor })
            #expect(payment.amountMinor == decision.order.totalMinor)
            for ticket in decision.order.tickets {
                #expect(taken.insert(ticket.seatID).inserted, "seed \(seed): \(ticket.seatID) is sold twice")
            }
            #expect(bought.insert(intentID).inserted)
            payments[intentID] = payment
            sold += decision.order.tickets.count
        }
        #expect(sold > 0 && !taken.contains("f"))
    }
}
