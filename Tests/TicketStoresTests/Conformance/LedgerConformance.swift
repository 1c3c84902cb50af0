import Foundation
import Testing
import Ticketing

/// The promises of `Ledger`, asserted of any store of it. The store may hold other data.
enum LedgerConformance {
    enum Case: String, CaseIterable, Sendable {
        // Catalogue, intents, payments.
        case catalogueIsGivenBack, firstAnswerStands, keysAreTheUsersOwn, refusalIsAnAnswerToo
        case concurrentAnswersHaveOneFirst, answersAreKeptToTheByte, unknownIsNil
        case paymentIsRecordedOnce, paymentOfAnotherAmountIsRefused, declinedMayBeApproved
        case cancelledIsFinal, concurrentReportsAreOne, referenceOfNoProviderIsNobodysToReport
        case answersAreForgottenByAge, intentsWithoutAnOrderAreForgottenByAge
        // Orders.
        case decidingConfirms, decidingAgainChangesNothing, decidingAtOnceGivesOneOrder
        case oneKeyTwiceInACallIsOneOrder, seatIsSoldOnce, concurrentDecisionsSellASeatOnce
        case partlyTakenIsWhollyRejected, approvedPaymentIsRequired, approvedPaymentIsCaptured
        case declinedPaymentRejects, unknownIntentRejects, otherIntentRejects, unknownSeatRejects
        case intentIsBoughtOnce, concurrentKeysOfOneIntentBuyItOnce, rejectedOrderTakesNothing
        case capturedIsFinal, orderOfAnIntentIsTheLiveOne, manyAreDecidedInOrder, pingAnswers
    }

    /// - Parameter seed: writes a catalogue into the store.
    static func run(
        _ promise: Case, on ledger: any Ledger, seed: @Sendable (EventCatalogue) async throws -> Void
    ) async throws {
        let run = try Run(ledger: ledger)
        try await seed(run.catalogue)
        switch promise {
        case .catalogueIsGivenBack: try await run.catalogueIsGivenBack()
        case .firstAnswerStands: try await run.firstAnswerStands()
        case .keysAreTheUsersOwn: try await run.keysAreTheUsersOwn()
        case .refusalIsAnAnswerToo: try await run.refusalIsAnAnswerToo()
        case .concurrentAnswersHaveOneFirst: try await run.concurrentAnswersHaveOneFirst()
        case .answersAreKeptToTheByte: try await run.answersAreKeptToTheByte()
        case .unknownIsNil: try await run.unknownIsNil()
        case .paymentIsRecordedOnce: try await run.paymentIsRecordedOnce()
        case .paymentOfAnotherAmountIsRefused: try await run.paymentOfAnotherAmountIsRefused()
        case .declinedMayBeApproved: try await run.declinedMayBeApproved()
        case .cancelledIsFinal: try await run.cancelledIsFinal()
        case .concurrentReportsAreOne: try await run.concurrentReportsAreOne()
        case .referenceOfNoProviderIsNobodysToReport: try await run.referenceOfNoProviderIsNobodysToReport()
        case .answersAreForgottenByAge: try await run.answersAreForgottenByAge()
        case .intentsWithoutAnOrderAreForgottenByAge: try await run.intentsWithoutAnOrderAreForgottenByAge()
        case .decidingConfirms: try await run.decidingConfirms()
        case .decidingAgainChangesNothing: try await run.decidingAgainChangesNothing()
        case .decidingAtOnceGivesOneOrder: try await run.decidingAtOnceGivesOneOrder()
        case .oneKeyTwiceInACallIsOneOrder: try await run.oneKeyTwiceInACallIsOneOrder()
        case .seatIsSoldOnce: try await run.seatIsSoldOnce()
        case .concurrentDecisionsSellASeatOnce: try await run.concurrentDecisionsSellASeatOnce()
        case .partlyTakenIsWhollyRejected: try await run.partlyTakenIsWhollyRejected()
        case .approvedPaymentIsRequired: try await run.approvedPaymentIsRequired()
        case .approvedPaymentIsCaptured: try await run.approvedPaymentIsCaptured()
        case .declinedPaymentRejects: try await run.declinedPaymentRejects()
        case .unknownIntentRejects: try await run.unknownIntentRejects()
        case .otherIntentRejects: try await run.otherIntentRejects()
        case .unknownSeatRejects: try await run.unknownSeatRejects()
        case .intentIsBoughtOnce: try await run.intentIsBoughtOnce()
        case .concurrentKeysOfOneIntentBuyItOnce: try await run.concurrentKeysOfOneIntentBuyItOnce()
        case .rejectedOrderTakesNothing: try await run.rejectedOrderTakesNothing()
        case .capturedIsFinal: try await run.capturedIsFinal()
        case .orderOfAnIntentIsTheLiveOne: try await run.orderOfAnIntentIsTheLiveOne()
        case .manyAreDecidedInOrder: try await run.manyAreDecidedInOrder()
        case .pingAnswers: try await ledger.ping()
        }
    }

    struct Run: Sendable {
        let ledger: any Ledger
        let sample: ConformanceSample
        /// Section A with 60 seats; seat n costs 1,000 n.
        let catalogue: EventCatalogue

        init(ledger: any Ledger) throws {
            let sample = ConformanceSample()
            self.ledger = ledger
            self.sample = sample
            catalogue = try EventCatalogue(
                event: .init(
                    id: sample.eventID, name: "Čajkovskij 祭", currency: "KRW",
                    salesOpenAt: Date(timeIntervalSince1970: 1_700_000_000),
                    startsAt: Date(timeIntervalSince1970: 1_900_000_000), purchaseLimit: 4),
                sections: [
                    .init(
                        id: "A", name: "Parkett",
                        seats: (1...60).map {
                            .init(
                                id: sample.seat($0).seatID, row: ($0 - 1) / 20 + 1, number: ($0 - 1) % 20 + 1,
                                priceMinor: Int64($0) * 1_000)
                        }),
                    .init(id: "0", name: "Balcony", seats: [.init(id: "Z1", row: 1, number: 1, priceMinor: 0)]),
                ])
        }

        var alice: String { sample.user("alice") }
        var bob: String { sample.user("bob") }

        func intent(_ name: String, _ user: String, _ numbers: [Int]) -> Intent {
            Intent(
                intentID: sample.idem(name), userID: user, eventID: sample.eventID,
                seatIDs: numbers.map { sample.seat($0).seatID }, pricesMinor: numbers.map { Int64($0) * 1_000 },
                currency: "KRW", createdAt: sample.start, expiresAt: sample.after(60))
        }

        func answer(
            _ idem: String, _ intent: Intent?, user: String? = nil, fingerprint: Character = "a",
            body: String? = nil
        ) -> IntentAnswer {
            IntentAnswer(
                userID: user ?? intent?.userID ?? alice, idem: sample.idem(idem),
                recorded: RecordedAnswer(
                    fingerprint: String(repeating: fingerprint, count: 64),
                    answer: StoredAnswer(
                        status: intent == nil ? 409 : 201,
                        location: intent == nil ? nil : "/confirm/status?idem=\(idem)",
                        body: body ?? #"{"intentId":"\#(intent?.intentID ?? "")"}"#)),
                intent: intent)
        }

        /// An intent that stands in the ledger.
        func quoted(_ name: String, _ user: String, _ numbers: [Int]) async throws -> Intent {
            let intent = intent(name, user, numbers)
            #expect(try await ledger.record(answer("quote-\(name)", intent)) == .first)
            return intent
        }

        func report(_ intent: Intent, _ status: Payment.Status, ref: String = "ref", amount: Int64? = nil)
            -> PaymentReport
        {
            PaymentReport(
                intentID: intent.intentID, status: status, providerRef: sample.idem(ref + intent.intentID),
                amountMinor: amount ?? intent.amountMinor)
        }

        func payment(_ intent: Intent) async throws -> Payment? { try await ledger.intent(intent.intentID)?.payment }

        func request(_ idem: String, _ intent: Intent) -> DecisionRequest {
            DecisionRequest(
                idem: sample.idem(idem),
                order: CommitOrder(
                    intentId: intent.intentID, eventId: intent.eventID, seatIds: intent.seatIDs,
                    userId: intent.userID),
                acceptedAt: sample.after(5, milliseconds: 25))
        }

        func decide(_ requests: DecisionRequest..., capture: CapturePolicy = .withoutProvider) async throws -> [Order] {
            try await ledger.decide(requests, capture: capture)
        }

        func confirmed(_ request: DecisionRequest, _ intent: Intent) -> Order {
            let orderID = orderID(idem: request.idem)
            return Order(
                orderID: orderID, idem: request.idem, userID: intent.userID, eventID: intent.eventID,
                intentID: intent.intentID, seatIDs: intent.seatIDs, status: .confirmed, totalMinor: intent.amountMinor,
                currency: intent.currency, createdAt: request.acceptedAt,
                tickets: zip(intent.seatIDs, intent.pricesMinor).map { seat, price in
                    Ticket(ticketID: ticketID(orderID: orderID, seatID: seat), seatID: seat, priceMinor: price)
                })
        }

        /// A REJECTED order has its reason and no ticket, and no payment was captured for it.
        func expectRejected(
            _ order: Order, _ reason: RejectionReason, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            #expect(order.status == .rejected, sourceLocation: sourceLocation)
            #expect(order.reason == reason, sourceLocation: sourceLocation)
            #expect(order.tickets.isEmpty, sourceLocation: sourceLocation)
            let stored = try await ledger.order(idem: order.idem)
            #expect(stored?.order == order, sourceLocation: sourceLocation)
        }
    }
}
