public import Ticketing

/// Why a message may have died, and what a redrive would do: found by looking, without a change.
public struct DeadLetterExplanation: Sendable, Equatable {
    /// What a redrive would do.
    public enum Redrive: Sendable, Equatable {
        /// The worker cannot read it: it would come back.
        case comesBack(String)
        /// The order is decided: at most its pins are settled again.
        case changesNothing(String)
        /// The worker would decide the order.
        case decides(String)
    }

    /// What was found, a sentence each.
    public var facts: [String]
    public var redrive: Redrive

    /// "a redrive would ..."
    public var verdict: String {
        switch redrive {
        case .comesBack(let why): "a redrive would bring it back here: \(why); next: purge it"
        case .changesNothing(let what): "a redrive would change nothing: \(what); it may be redriven or purged"
        case .decides(let what): "a redrive would decide the order: \(what)"
        }
    }

    /// - Parameter capture: as the workers have it.
    /// - Throws: `StoreError` of a store that cannot be asked.
    public static func of(
        _ letter: DeadLetter, in backends: Backends, capture: CapturePolicy, now: Timestamp
    ) async throws -> DeadLetterExplanation {
        let message: CommitMessage
        do {
            message = try letter.message()
        } catch {
            return DeadLetterExplanation(
                facts: ["it cannot be read: \(error.reason)"], redrive: .comesBack("no worker can read it"))
        }
        let order = message.order
        var facts = [
            "it is the purchase \(message.idem): \(order.seatIds.joined(separator: ", ")) of \(order.eventId) "
                + "for \(order.userId)"
        ]
        let record = try await backends.holds.commit(idem: message.idem)
        facts.append(Self.promise(record))
        let states = try await SeatLookup(backends).states(of: order.seatIds, eventID: order.eventId)
        facts += order.seatIds.map { Self.seat($0, states[$0], idem: message.idem, now: now) }

        if let found = try await backends.ledger.order(idem: message.idem) {
            let pins = states.count { if case .pinned(_, message.idem) = $0.value { true } else { false } }
            facts.append("the order is \(found.order.status.rawValue)")
            let settled = pins == 0 ? "" : ", but for \(pins) pinned seats that it would settle"
            return DeadLetterExplanation(
                facts: facts, redrive: .changesNothing("the order is \(found.order.status.rawValue)\(settled)"))
        }
        let quoted = try await backends.ledger.intent(order.intentId)
        facts.append("there is no order yet")
        facts.append(
            quoted.map { "the intent \(order.intentId) is \($0.intent.amountMinor) \($0.intent.currency)" }
                ?? "there is no intent \(order.intentId)")
        facts.append(quoted?.payment.map { "its payment is \($0.status.rawValue)" } ?? "it has no payment")
        let bought = try await backends.ledger.order(intentID: order.intentId)?.order.status == .confirmed
        let taken = order.seatIds.filter { seatID in
            if case .sold(_, let other)?? = states[seatID] { other != message.idem } else { false }
        }
        let decision = decide(
            DecisionRequest(idem: message.idem, order: order, acceptedAt: letter.received.sentAt),
            by: DecisionFacts(
                intent: quoted?.intent, payment: quoted?.payment, isIntentBought: bought,
                knownSeats: Set(states.keys), takenSeats: Set(taken)),
            capture: capture)
        return DeadLetterExplanation(facts: facts, redrive: .decides(Self.outcome(decision.order)))
    }

    private static func promise(_ record: CommitRecord?) -> String {
        guard let record else { return "there is no commit record: nobody was promised this, or it was weeks ago" }
        guard let refusal = record.refusal else { return "the commit was accepted \(record.createdAt.iso8601)" }
        return "the commit was refused with \(refusal.status)"
    }

    private static func seat(_ seatID: String, _ state: SeatState??, idem: String, now: Timestamp) -> String {
        switch state {
        case nil: "the event has no seat \(seatID)"
        case .some(.held(let held)?) where now < held.expiresAt: "\(seatID) is held until \(held.expiresAt.iso8601)"
        case .some(.pinned(_, let other)?): "\(seatID) is pinned for \(other == idem ? "it" : "another purchase")"
        case .some(.sold(_, let other)?): "\(seatID) is sold \(other == idem ? "by it" : "to another purchase")"
        case .some: "\(seatID) is free"
        }
    }

    private static func outcome(_ order: Order) -> String {
        guard let reason = order.reason else {
            return "CONFIRMED, \(order.tickets.count) tickets for \(order.totalMinor) \(order.currency)"
        }
        return "REJECTED, \(reason.rawValue)"
    }
}
