import Testing
import Ticketing

extension LedgerConformance.Run {
    func decidingConfirms() async throws {
        let intent = try await quoted("intent-1", alice, [2, 10])
        let request = request("commit-key", intent)
        let orders = try await decide(request)
        #expect(orders == [confirmed(request, intent)])
        let captured = Payment(
            intentID: intent.intentID, status: .captured, providerRef: "none-\(intent.intentID)", amountMinor: 12_000,
            currency: "KRW")
        let byKey = try #require(try await ledger.order(idem: request.idem))
        #expect(byKey.order == orders[0])
        #expect(byKey.payment == captured)
        let byIntent = try #require(try await ledger.order(intentID: intent.intentID))
        #expect(byIntent.order == orders[0])
        #expect(byIntent.payment == captured)
        #expect(try await payment(intent) == captured)
    }

    func decidingAgainChangesNothing() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        let first = try await decide(request("commit-key", intent))
        #expect(try await decide(request("commit-key", intent)) == first)
        // Whatever is asked under a decided key.
        let other = try await quoted("intent-2", bob, [2])
        #expect(try await decide(request("commit-key", other)) == first)
        #expect(try await payment(other) == nil)

        let unpaid = try await quoted("intent-3", bob, [3])
        let rejected = try await decide(request("unpaid-key", unpaid), capture: .approvedOnly)
        #expect(rejected.map(\.status) == [.rejected])
        #expect(try await decide(request("unpaid-key", unpaid), capture: .withoutProvider) == rejected)
        #expect(try await payment(unpaid) == nil)
    }

    func decidingAtOnceGivesOneOrder() async throws {
        let intent = try await quoted("intent-1", alice, [1, 2])
        let request = request("commit-key", intent)
        let orders = try await atOnce(16) { _ in try await decide(request) }
        #expect(Set(orders.flatMap { $0 }.map(\.orderID)).count == 1)
        #expect(orders.allSatisfy { $0 == [confirmed(request, intent)] })
    }

    func oneKeyTwiceInACallIsOneOrder() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        let request = request("commit-key", intent)
        #expect(try await decide(request, request) == [confirmed(request, intent), confirmed(request, intent)])
    }

    func seatIsSoldOnce() async throws {
        let (first, second) = (
            try await quoted("intent-1", alice, [1, 2]), try await quoted("intent-2", bob, [1, 2])
        )
        let orders = try await decide(request("first-key", first), request("second-key", second))
        #expect(orders[0] == confirmed(request("first-key", first), first))
        try await expectRejected(orders[1], .seatTaken)
        #expect(try await payment(second)?.status != .captured)
        let later = try await quoted("intent-3", bob, [2])
        try await expectRejected(try await decide(request("third-key", later))[0], .seatTaken)
    }

    func concurrentDecisionsSellASeatOnce() async throws {
        var intents: [Intent] = []
        for number in 0..<24 {
            // A chain in which each overlaps its neighbours, and all the third seat of a round.
            let seats = [number % 8 + 1, number % 8 + 2, 20 + number % 3].sorted()
            intents.append(try await quoted("intent-\(number)", sample.user("buyer-\(number)"), seats))
        }
        let wishes = intents
        let orders = try await atOnce(wishes.count) { try await decide(request("commit-\($0)", wishes[$0]))[0] }
        let confirmed = orders.filter { $0.status == .confirmed }
        let sold = confirmed.flatMap(\.tickets).map(\.seatID)
        #expect(!confirmed.isEmpty)
        #expect(Set(sold).count == sold.count, "a seat has one ticket: \(sold)")
        for (order, intent) in zip(orders, wishes) {
            let paid = try await payment(intent)
            if order.status == .confirmed {
                #expect(order.tickets.map(\.seatID) == intent.seatIDs)
                #expect(paid?.status == .captured)
                #expect(paid?.amountMinor == order.totalMinor)
            } else {
                try await expectRejected(order, .seatTaken)
                #expect(paid?.status != .captured)
                #expect(!Set(intent.seatIDs).isDisjoint(with: sold), "what refused it is sold")
            }
        }
    }

    func partlyTakenIsWhollyRejected() async throws {
        let first = try await quoted("intent-1", alice, [2])
        let wide = try await quoted("intent-2", bob, [1, 2, 3])
        let orders = try await decide(request("first-key", first), request("wide-key", wide))
        try await expectRejected(orders[1], .seatTaken)
        let rest = try await quoted("intent-3", bob, [1, 3])
        #expect(try await decide(request("rest-key", rest)) == [confirmed(request("rest-key", rest), rest)])
    }

    func approvedPaymentIsRequired() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        let order = try await decide(request("commit-key", intent), capture: .approvedOnly)[0]
        try await expectRejected(order, .paymentRequired)
        #expect(try await payment(intent) == nil)
    }

    func approvedPaymentIsCaptured() async throws {
        for (number, capture) in [CapturePolicy.approvedOnly, .withoutProvider].enumerated() {
            let intent = try await quoted("intent-\(number)", alice, [number * 2 + 1, number * 2 + 2])
            let approved = report(intent, .approved)
            #expect(try await ledger.record(approved) == .recorded)
            let request = request("commit-\(number)", intent)
            #expect(try await decide(request, capture: capture) == [confirmed(request, intent)])
            let captured = Payment(
                intentID: intent.intentID, status: .captured, providerRef: approved.providerRef,
                amountMinor: intent.amountMinor, currency: "KRW")
            #expect(try await payment(intent) == captured)
            #expect(try await ledger.record(approved) == .unchanged, "a repeat after the capture")
        }
    }

    func declinedPaymentRejects() async throws {
        for (number, capture) in [CapturePolicy.approvedOnly, .withoutProvider].enumerated() {
            for (offset, status) in [Payment.Status.declined, .cancelled].enumerated() {
                let intent = try await quoted("intent-\(number)-\(status)", alice, [number * 2 + offset + 1])
                if status == .cancelled { #expect(try await ledger.record(report(intent, .approved)) == .recorded) }
                #expect(try await ledger.record(report(intent, status)) == .recorded)
                let order = try await decide(request("commit-\(number)-\(status)", intent), capture: capture)[0]
                try await expectRejected(order, .paymentDeclined)
                #expect(try await payment(intent)?.status == status)
            }
        }
    }

    func unknownIntentRejects() async throws {
        let never = intent("never-used", alice, [1])
        let order = try await decide(request("commit-key", never))[0]
        try await expectRejected(order, .intentNotFound)
        #expect(order.seatIDs == never.seatIDs)
        let seatIsFree = try await quoted("intent-1", bob, [1])
        #expect(try await decide(request("next-key", seatIsFree))[0].status == .confirmed)
    }

    func otherIntentRejects() async throws {
        let intent = try await quoted("intent-1", alice, [1, 2])
        var (user, seats, event) = (intent, intent, intent)
        user.userID = bob
        seats.seatIDs = [sample.seat(1).seatID]
        event.eventID = "event-of-nobody"
        for (number, other) in [user, seats, event].enumerated() {
            let order = try await decide(request("commit-\(number)", other))[0]
            try await expectRejected(order, .intentMismatch)
        }
        #expect(try await payment(intent) == nil)
        #expect(try await decide(request("own-key", intent))[0].status == .confirmed)
    }

    func unknownSeatRejects() async throws {
        var intent = intent("intent-1", alice, [1])
        intent.seatIDs.append("Z999")
        intent.pricesMinor.append(5)
        #expect(try await ledger.record(answer("quote-key", intent)) == .first)
        try await expectRejected(try await decide(request("commit-key", intent))[0], .seatNotFound)
        #expect(try await payment(intent) == nil)
    }

    func intentIsBoughtOnce() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        let first = try await decide(request("first-key", intent))
        try await expectRejected(try await decide(request("second-key", intent))[0], .intentMismatch)
        #expect(try await ledger.order(intentID: intent.intentID)?.order == first[0], "the live one")
        #expect(try await payment(intent)?.status == .captured)
    }

    func concurrentKeysOfOneIntentBuyItOnce() async throws {
        let intent = try await quoted("intent-1", alice, [1, 2])
        let orders = try await atOnce(16) { try await decide(request("commit-\($0)", intent))[0] }
        let confirmed = orders.filter { $0.status == .confirmed }
        #expect(confirmed.count == 1)
        #expect(orders.count { $0.status == .rejected && $0.tickets.isEmpty } == 15)
        #expect(try await ledger.order(intentID: intent.intentID)?.order == confirmed.first)
    }

    func rejectedOrderTakesNothing() async throws {
        let unpaid = try await quoted("intent-1", alice, [1])
        let order = try await decide(request("first-key", unpaid), capture: .approvedOnly)[0]
        try await expectRejected(order, .paymentRequired)
        let next = try await quoted("intent-2", bob, [1])
        #expect(try await decide(request("second-key", next))[0].status == .confirmed)
    }

    func capturedIsFinal() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        #expect(try await ledger.record(report(intent, .approved)) == .recorded)
        #expect(try await decide(request("commit-key", intent), capture: .approvedOnly)[0].status == .confirmed)
        for status in [Payment.Status.cancelled, .declined, .approved] {
            #expect(try await ledger.record(report(intent, status)) == .unchanged)
        }
        #expect(try await payment(intent)?.status == .captured)
    }

    func orderOfAnIntentIsTheLiveOne() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        let first = try await decide(request("first-key", intent), capture: .approvedOnly)[0]
        try await expectRejected(first, .paymentRequired)
        #expect(try await ledger.order(intentID: intent.intentID)?.order == first)
        #expect(try await ledger.record(report(intent, .approved)) == .recorded)
        let second = try await decide(request("second-key", intent), capture: .approvedOnly)[0]
        #expect(second.status == .confirmed)
        #expect(try await ledger.order(intentID: intent.intentID)?.order == second)
    }

    func manyAreDecidedInOrder() async throws {
        var intents: [Intent] = []
        for number in 1...50 {
            // Every fifth wants the seat of the one before it.
            let seat = number.isMultiple(of: 5) ? number - 1 : number
            intents.append(try await quoted("intent-\(number)", sample.user("buyer-\(number)"), [seat]))
        }
        var requests = intents.enumerated().map { request("commit-\($0.offset)", $0.element) }
        requests.insert(request("unknown-key", intent("never-used", alice, [60])), at: 20)
        let orders = try await ledger.decide(requests, capture: .withoutProvider)
        #expect(orders.map(\.idem) == requests.map(\.idem))
        #expect(orders.count { $0.status == .confirmed } == 40)
        #expect(orders.count { $0.reason == .seatTaken } == 10)
        #expect(orders[20].reason == .intentNotFound)
        let sold = orders.flatMap(\.tickets).map(\.seatID)
        #expect(Set(sold).count == sold.count)
    }
}
