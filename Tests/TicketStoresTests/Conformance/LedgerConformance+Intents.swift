import Testing
import Ticketing

extension LedgerConformance.Run {
    func catalogueIsGivenBack() async throws {
        #expect(try await ledger.catalogue(eventID: sample.eventID) == catalogue)
        let ids = try await ledger.eventIDs()
        #expect(ids.contains(sample.eventID))
        #expect(ids == ids.sorted())
    }

    func firstAnswerStands() async throws {
        let first = answer("intent-key", intent("intent-1", alice, [1, 2]))
        #expect(try await ledger.record(first) == .first)
        #expect(try await ledger.record(first) == .exists(first.recorded))
        let other = answer("intent-key", intent("intent-2", alice, [3]), fingerprint: "b")
        #expect(try await ledger.record(other) == .exists(first.recorded), "with the first one's fingerprint")
        #expect(try await ledger.intentAnswer(userID: alice, idem: first.idem) == first.recorded)

        let stored = try #require(try await ledger.intent(sample.idem("intent-1")))
        #expect(stored.intent == first.intent)
        #expect(stored.payment == nil)
        #expect(try await ledger.intent(sample.idem("intent-2")) == nil, "the second answer left nothing")
        #expect(try await ledger.intents(idem: first.idem) == [first.intent])
    }

    func keysAreTheUsersOwn() async throws {
        let ofAlice = answer("intent-key", intent("intent-1", alice, [1]))
        let ofBob = answer("intent-key", intent("intent-2", bob, [2]), fingerprint: "b")
        #expect(try await ledger.record(ofAlice) == .first)
        #expect(try await ledger.record(ofBob) == .first)
        #expect(try await ledger.intentAnswer(userID: alice, idem: ofAlice.idem) == ofAlice.recorded)
        #expect(try await ledger.intentAnswer(userID: bob, idem: ofBob.idem) == ofBob.recorded)
        #expect(try await ledger.intentAnswer(userID: sample.user("carol"), idem: ofBob.idem) == nil)
        let intents = try await ledger.intents(idem: ofAlice.idem)
        #expect(Set(intents.map(\.intentID)) == [sample.idem("intent-1"), sample.idem("intent-2")])
    }

    func refusalIsAnAnswerToo() async throws {
        let refusal = answer("intent-key", nil, user: alice)
        #expect(try await ledger.record(refusal) == .first)
        #expect(
            try await ledger.record(answer("intent-key", intent("intent-1", alice, [1])))
                == .exists(refusal.recorded))
        #expect(try await ledger.intents(idem: refusal.idem).isEmpty)
    }

    func concurrentAnswersHaveOneFirst() async throws {
        let answers = (0..<32).map {
            answer("intent-key", intent("intent-\($0)", alice, [$0 + 1]), fingerprint: $0.isMultiple(of: 2) ? "a" : "b")
        }
        let outcomes = try await atOnce(answers.count) { try await ledger.record(answers[$0]) }
        let winner = try #require(outcomes.firstIndex(of: .first))
        #expect(outcomes.count { $0 == .first } == 1)
        #expect(outcomes.count { $0 == .exists(answers[winner].recorded) } == 31)
        #expect(try await ledger.intents(idem: sample.idem("intent-key")) == [answers[winner].intent])
    }

    func answersAreKeptToTheByte() async throws {
        var intent = intent("intent-é", sample.user("Zoë 'ユーザー'"), [1])
        intent.createdAt = sample.after(0, milliseconds: 1)
        let body = "{\"a\": \"é 🎫\u{0301} \\u0000 \\\\ ' \\\" \u{2028}\",\r\n\t\"n\":1.0}  "
        let given = answer("key !~'\"\\", intent, body: body)
        #expect(try await ledger.record(given) == .first)
        let stored = try #require(try await ledger.intentAnswer(userID: intent.userID, idem: given.idem))
        #expect(Array(stored.answer.body.utf8) == Array(body.utf8))
        #expect(stored == given.recorded)
        #expect(try await ledger.intent(intent.intentID)?.intent == intent)
    }

    func unknownIsNil() async throws {
        let never = sample.idem("never-used")
        #expect(try await ledger.catalogue(eventID: never) == nil)
        #expect(try await ledger.intentAnswer(userID: alice, idem: never) == nil)
        #expect(try await ledger.intent(never) == nil)
        #expect(try await ledger.intents(idem: never).isEmpty)
        #expect(try await ledger.order(idem: never) == nil)
        #expect(try await ledger.order(intentID: never) == nil)
        let report = PaymentReport(intentID: never, status: .approved, providerRef: never, amountMinor: 1)
        #expect(try await ledger.record(report) == .intentNotFound)
        #expect(try await ledger.decide([], capture: .approvedOnly).isEmpty)
    }

    func paymentIsRecordedOnce() async throws {
        let intent = try await quoted("intent-1", alice, [1, 2])
        let approved = report(intent, .approved)
        #expect(try await ledger.record(approved) == .recorded)
        #expect(try await ledger.record(approved) == .unchanged)
        #expect(
            try await payment(intent)
                == Payment(
                    intentID: intent.intentID, status: .approved, providerRef: approved.providerRef,
                    amountMinor: 3_000, currency: "KRW"))
        #expect(try await ledger.record(report(intent, .declined)) == .unchanged, "a late report of an earlier state")
        #expect(try await payment(intent)?.status == .approved)
    }

    func paymentOfAnotherAmountIsRefused() async throws {
        let intent = try await quoted("intent-1", alice, [1, 2])
        #expect(try await ledger.record(report(intent, .approved, amount: 2_999)) == .mismatch)
        #expect(try await payment(intent) == nil)
        #expect(try await ledger.record(report(intent, .approved)) == .recorded)
        #expect(try await ledger.record(report(intent, .approved, amount: 3_001)) == .mismatch)
        #expect(try await ledger.record(report(intent, .approved, ref: "other")) == .mismatch)
        #expect(try await payment(intent)?.amountMinor == 3_000)

        let other = try await quoted("intent-2", bob, [1, 2])
        var borrowed = report(other, .approved)
        borrowed.providerRef = report(intent, .approved).providerRef
        #expect(try await ledger.record(borrowed) == .mismatch, "one payment pays for one intent")
        #expect(try await payment(other) == nil)
    }

    func declinedMayBeApproved() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        #expect(try await ledger.record(report(intent, .declined)) == .recorded)
        #expect(try await ledger.record(report(intent, .declined)) == .unchanged)
        #expect(try await payment(intent)?.status == .declined)
        let again = report(intent, .approved, ref: "second-try")
        #expect(try await ledger.record(again) == .recorded)
        #expect(try await payment(intent)?.status == .approved)
        #expect(try await payment(intent)?.providerRef == again.providerRef)
    }

    func cancelledIsFinal() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        #expect(try await ledger.record(report(intent, .approved)) == .recorded)
        #expect(try await ledger.record(report(intent, .cancelled)) == .recorded)
        #expect(try await ledger.record(report(intent, .approved)) == .unchanged)
        #expect(try await ledger.record(report(intent, .declined)) == .unchanged)
        #expect(try await payment(intent)?.status == .cancelled)
    }

    func concurrentReportsAreOne() async throws {
        let intent = try await quoted("intent-1", alice, [1])
        let outcomes = try await atOnce(16) { _ in try await ledger.record(report(intent, .approved)) }
        #expect(outcomes.count { $0 == .recorded } == 1)
        #expect(outcomes.count { $0 == .unchanged } == 15)
    }
}

/// The port answers with tuples, which are not `Equatable`.
private func == (stored: (intent: Intent, payment: Payment?)?, other: (intent: Intent, payment: Payment?)?) -> Bool {
    stored?.intent == other?.intent && stored?.payment == other?.payment
}

private func == (stored: (order: Order, payment: Payment?)?, other: (order: Order, payment: Payment?)?) -> Bool {
    stored?.order == other?.order && stored?.payment == other?.payment
}
