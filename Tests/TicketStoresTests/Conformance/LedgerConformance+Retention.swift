import Testing
import Ticketing

extension LedgerConformance.Run {
    func referenceOfNoProviderIsNobodysToReport() async throws {
        let (mine, other) = (
            try await quoted("intent-1", alice, [1]), try await quoted("intent-2", bob, [2])
        )
        for status in [Payment.Status.approved, .declined, .cancelled] {
            var report = report(other, status)
            report.providerRef = "none-\(mine.intentID)"
            #expect(try await ledger.record(report) == .mismatch)
        }
        #expect(try await payment(other) == nil)
        let orders = try await decide(request("commit-1", mine), request("commit-2", other))
        #expect(orders.map(\.status) == [.confirmed, .confirmed])
        #expect(try await payment(mine)?.providerRef == "none-\(mine.intentID)")
    }

    func answersAreForgottenByAge() async throws {
        // Answers are dated by the store's own clock.
        let intents = try await atOnce(5) { try await quoted("intent-\($0)", alice, [$0 + 1]) }
        func left() async throws -> Int {
            try await atOnce(5) {
                try await ledger.intentAnswer(userID: alice, idem: sample.idem("quote-intent-\($0)"))
            }.count { $0 != nil }
        }
        let (past, future) = (Timestamp.now() + .seconds(-3_600), Timestamp.now() + .seconds(3_600))
        _ = try await ledger.purgeAnswers(before: past, limit: 1_000)
        #expect(try await left() == 5)
        #expect(try await ledger.purgeAnswers(before: future, limit: 2) == 2, "a batch, and no more")
        while try await ledger.purgeAnswers(before: future, limit: 2) > 0 {}
        #expect(try await left() == 0)
        for intent in intents { #expect(try await ledger.intent(intent.intentID)?.intent == intent) }
        // The key is free again.
        #expect(try await ledger.record(answer("quote-intent-1", nil)) == .first)
    }

    /// All of this run's intents end at `sample.after(60)`, but for one.
    func intentsWithoutAnOrderAreForgottenByAge() async throws {
        let bought = try await quoted("bought", alice, [1])
        let rejected = try await quoted("rejected", bob, [1])
        let paid = try await quoted("paid", bob, [2])
        let unused = try await atOnce(5) { try await quoted("unused-\($0)", bob, [$0 + 10]) }
        var young = intent("young", bob, [20])
        young.expiresAt = sample.after(70)
        #expect(try await ledger.record(answer("young", young)) == .first)
        #expect(
            try await decide(request("one", bought), request("two", rejected)).map(\.status) == [.confirmed, .rejected])
        #expect(try await ledger.record(report(paid, .declined)) == .recorded)

        let span = sample.after(59)..<sample.after(61)
        let first = try await ledger.purgeIntents(endedWithin: span, limit: 8)
        #expect(first.gone == 5 && first.next == span.lowerBound + .milliseconds(1_000), "\(first)")
        #expect(try await ledger.purgeIntents(endedWithin: span, limit: 4).gone == 0)
        let rest = try await ledger.purgeIntents(
            endedWithin: sample.after(60, milliseconds: 1)..<span.upperBound, limit: 4)
        #expect(rest == IntentPurge(gone: 0, next: nil))
        for intent in unused { #expect(try await ledger.intent(intent.intentID) == nil) }
        for intent in [bought, rejected, paid, young] {
            #expect(try await ledger.intent(intent.intentID)?.intent == intent)
        }
        #expect(try await ledger.order(intentID: rejected.intentID)?.order.status == .rejected)
        #expect(try await ledger.order(intentID: bought.intentID)?.payment?.status == .captured)
    }
}
