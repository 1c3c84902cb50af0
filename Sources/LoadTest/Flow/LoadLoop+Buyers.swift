internal import NIOCore
internal import Ticketing

/// The way of a buyer, step by step. Each step is planned for the end of the step before it and the time to think.
extension LoadLoop {
    private static let mostRepeats = 20
    private static let mostHoldTries = 4

    func buyer(_ arrival: Int, isPurchase: Bool) -> Buyer {
        let scenario = settings.scenario
        let mixing = settings.plan.schedule.mixing
        let sections = scenario.events.flatMap { event in event.sections.map { (event, $0) } }
        // Every seat is equally likely, whatever the sizes of the sections.
        var seat = mixing.choice(.seat, UInt64(arrival), of: sections.reduce(0) { $0 + $1.1.seats })
        var (eventID, seatID) = ("", "")
        for (event, section) in sections {
            if seat < section.seats {
                let places = section.lastPlace - section.firstPlace + 1
                eventID = event.id
                seatID = section.seat
                    .replacing("{row}", with: String(section.firstRow + seat / places))
                    .replacing("{place}", with: String(section.firstPlace + seat % places))
                break
            }
            seat -= section.seats
        }
        return Buyer(
            arrival: arrival, isPurchase: isPurchase,
            isReplaying: mixing.unit(.replay, UInt64(arrival)) < scenario.replayShare,
            userID: "load-\(settings.runID)-\(arrival)", eventID: eventID, seatID: seatID)
    }

    /// Sends the request of the buyer's step.
    func perform(_ buyer: Buyer, plannedAt: NIODeadline, now: NIODeadline) {
        let (requestClass, request) = request(of: buyer)
        send(Exchange(requestClass, request, plannedAt: plannedAt, buyer: buyer), now)
    }

    private func request(of buyer: Buyer) -> (RequestClass, ByteBuffer) {
        let (user, event, seat) = (buyer.userID, buyer.eventID, buyer.seatID)
        let intent = #"{"userId":"\#(user)","eventId":"\#(event)","seatIds":["\#(seat)"]}"#
        let commit =
            #"{"intentId":"\#(buyer.intentID)","eventId":"\#(event)","seatIds":["\#(seat)"],"userId":"\#(user)"}"#
        let seats = #"{"eventId":"\#(event)","seatIds":["\#(seat)"]}"#
        let token = "x-room-token: \(buyer.token)\r\n"
        func key(_ key: String) -> String { "Idempotency-Key: \(key)\r\n" }
        switch buyer.step {
        case .entering, .gone:
            return (.enter, publicRequests.post("/public/enter", #"{"userId":"\#(user)","eventId":"\#(event)"}"#))
        case .waiting: return (.poll, publicRequests.get("/public/room-status?token=\(buyer.token)"))
        case .holding: return (.hold, publicRequests.post("/public/hold", seats, headers: token))
        case .quoting, .quotedAgain:
            return (
                buyer.step == .quoting ? .intent : .replay,
                confirmRequests.post(
                    "/confirm/payment-intent", intent, headers: token + key(buyer.intentKey))
            )
        case .paying:
            let body =
                #"{"eventType":"approved","intentId":"\#(buyer.intentID)","#
                + #""providerRef":"load-\#(buyer.intentID)","amount":\#(buyer.amount)}"#
            let signature = WebhookSignature(secret: settings.webhookSecret ?? [])
                .header(body: Array(body.utf8), at: .now())
            return (
                .callback,
                confirmRequests.post("/confirm/payment-callback", body, headers: "X-Signature: \(signature)\r\n")
            )
        case .committing, .committedAgain:
            return (
                buyer.step == .committing ? .commit : .replay,
                confirmRequests.post("/confirm/commit", commit, headers: key(buyer.commitKey))
            )
        case .following, .lookingBack: return (.status, confirmRequests.get("/confirm/status?idem=\(buyer.commitKey)"))
        case .releasing: return (.release, publicRequests.post("/public/release", seats, headers: token))
        }
    }

    /// Takes the answer to the buyer's step.
    /// - Returns: false when the body has not the contract's shape.
    func advance(_ buyer: Buyer, _ requestClass: RequestClass, _ response: Response, _ now: NIODeadline) -> Bool {
        if response.status >= 500 || response.status == 429 {
            again(buyer, now)
            return true
        }
        buyer.repeats = 0
        guard requestClass.isSuccess(response.status) else {
            refused(buyer, response, now)
            return true
        }
        let isUnderstood = take(buyer, response, now)
        if !isUnderstood { leave(buyer) }
        return isUnderstood
    }

    private func take(_ buyer: Buyer, _ response: Response, _ now: NIODeadline) -> Bool {
        switch buyer.step {
        case .entering:
            guard let place: Answers.Place = Answers.decode(response.body), Self.isToken(place.roomToken) else {
                return false
            }
            buyer.token = place.roomToken
            buyer.patienceEndsAt = now + patience
            go(buyer, .waiting, after: .zero, now)
        case .waiting:
            guard let standing: Answers.Standing = Answers.decode(response.body) else { return false }
            if standing.ready {
                go(buyer, .holding, after: settings.scenario.think.hold, now)
            } else if now < buyer.patienceEndsAt, hasArrivals {
                go(buyer, .waiting, after: .milliseconds(settings.scenario.pollMilliseconds), now)
            } else {
                leave(buyer)
            }
        case .holding:
            guard let _: Answers.Hold = Answers.decode(response.body) else { return false }
            go(buyer, .quoting, after: settings.scenario.think.intent, now)
        case .quoting:
            guard let intent: Answers.Intent = Answers.decode(response.body), Self.isToken(intent.intentId) else {
                return false
            }
            buyer.intentID = intent.intentId
            buyer.amount = intent.amount
            buyer.firstAnswer = response.body
            if buyer.isReplaying { go(buyer, .quotedAgain, after: .zero, now) } else { afterQuote(buyer, now) }
        case .quotedAgain:
            compare(buyer, response, key: buyer.intentKey, call: "payment-intent")
            afterQuote(buyer, now)
        case .paying: go(buyer, .committing, after: .zero, now)
        case .committing:
            guard let accepted: Answers.Accepted = Answers.decode(response.body), accepted.accepted,
                accepted.idem == buyer.commitKey
            else { return false }
            buyer.isAccepted = true
            buyer.firstAnswer = response.body
            buyer.patienceEndsAt = now + patience
            go(buyer, buyer.isReplaying ? .committedAgain : .following, after: .zero, now)
        case .committedAgain:
            compare(buyer, response, key: buyer.commitKey, call: "commit")
            go(buyer, .following, after: .zero, now)
        case .following, .lookingBack: return follow(buyer, response, now)
        case .releasing:
            guard let _: Answers.Released = Answers.decode(response.body) else { return false }
            leave(buyer)
        case .gone: break
        }
        return true
    }

    private func afterQuote(_ buyer: Buyer, _ now: NIODeadline) {
        buyer.firstAnswer = ByteBuffer()
        if !buyer.isPurchase {
            go(buyer, .releasing, after: settings.scenario.think.commit, now)
        } else {
            go(
                buyer, settings.webhookSecret == nil ? .committing : .paying, after: settings.scenario.think.commit, now
            )
        }
    }

    private func follow(_ buyer: Buyer, _ response: Response, _ now: NIODeadline) -> Bool {
        guard let status: Answers.Status = Answers.decode(response.body),
            let order = status.order, ["PROCESSING", "CONFIRMED", "REJECTED"].contains(order.status)
        else { return false }
        if buyer.step == .lookingBack {
            if order.status != buyer.decision {
                note(
                    .violation(
                        .status, key: buyer.commitKey, detail: "\(buyer.decision) before, \(order.status) after"))
            }
            leave(buyer)
        } else if order.status == "PROCESSING" {
            guard now < buyer.patienceEndsAt else {
                leave(buyer)
                return true
            }
            go(buyer, .following, after: .milliseconds(settings.scenario.statusMilliseconds), now)
        } else {
            buyer.decision = order.status
            buyer.ticketIDs = (order.tickets ?? []).map(\.ticketId).filter(Self.isToken)
            if buyer.isReplaying {
                go(buyer, .lookingBack, after: .milliseconds(settings.scenario.statusMilliseconds), now)
            } else {
                leave(buyer)
            }
        }
        return true
    }

    private func compare(_ buyer: Buyer, _ response: Response, key: String, call: String) {
        guard response.body != buyer.firstAnswer || !response.isReplay else { return }
        let reason = response.body == buyer.firstAnswer ? "not marked as a replay" : "another body"
        note(.violation(.replay, key: key, detail: "\(call) again: \(reason)"))
    }

    /// The platform refused in order, or in a way that the contract does not have.
    private func refused(_ buyer: Buyer, _ response: Response, _ now: NIODeadline) {
        switch (buyer.step, response.status) {
        case (.holding, 409):
            let conflict: Answers.Conflict? = Answers.decode(response.body)
            let free = (conflict?.alternatives ?? []).compactMap(\.first).filter(Self.isToken)
            buyer.holdTries += 1
            guard buyer.holdTries < Self.mostHoldTries, !free.isEmpty else { return leave(buyer) }
            let mixing = settings.plan.schedule.mixing
            buyer.seatID = free[mixing.choice(.seat, UInt64(buyer.arrival &+ buyer.holdTries), of: free.count)]
            go(buyer, .holding, after: .zero, now)
        case (.holding, 403) where now < buyer.patienceEndsAt && hasArrivals:
            go(buyer, .waiting, after: .milliseconds(settings.scenario.pollMilliseconds), now)
        // The key of an accepted commit is known everywhere at once: 404 is a lost order, which is still looked for.
        case (.following, _) where now < buyer.patienceEndsAt && buyer.isAccepted:
            go(buyer, .following, after: .milliseconds(settings.scenario.statusMilliseconds), now)
        case (.quotedAgain, _), (.committedAgain, _):
            note(
                .violation(
                    .replay, key: buyer.step == .quotedAgain ? buyer.intentKey : buyer.commitKey,
                    detail: "status \(response.status) to a request that was accepted"))
            if buyer.step == .committedAgain { go(buyer, .following, after: .zero, now) } else { leave(buyer) }
        case (.lookingBack, _):
            note(
                .violation(.status, key: buyer.commitKey, detail: "\(buyer.decision) before, then \(response.status)"))
            leave(buyer)
        default: leave(buyer)
        }
    }

    /// The same step once more, after 5xx, 429, or no answer.
    func again(_ buyer: Buyer, _ now: NIODeadline) {
        buyer.repeats += 1
        let isFollowed = buyer.isAccepted && now < buyer.patienceEndsAt
        guard buyer.repeats <= Self.mostRepeats || isFollowed, hasArrivals || isFollowed || buyer.step == .committing
        else { return leave(buyer) }
        go(buyer, buyer.step, after: .milliseconds(settings.scenario.pollMilliseconds), now)
    }

    private func leave(_ buyer: Buyer) {
        guard buyer.step != .gone else { return }
        abandon(buyer)
        buyers[buyer.arrival] = nil
        endIfOver()
    }

    /// Notes what became of the buyer's purchase.
    func abandon(_ buyer: Buyer) {
        guard buyer.step != .gone else { return }
        buyer.step = .gone
        guard buyer.isAccepted else { return }
        let outcome: HistoryLine.Outcome =
            switch buyer.decision {
            case "CONFIRMED": .confirmed
            case "REJECTED": .rejected
            default: .lost
            }
        note(
            .purchase(
                key: buyer.commitKey, eventID: buyer.eventID, seatID: buyer.seatID, outcome, ticketIDs: buyer.ticketIDs
            ))
    }

    private var patience: TimeAmount { .nanoseconds(Int64(settings.scenario.drainSeconds * 1e9)) }

    private func go(_ buyer: Buyer, _ step: Buyer.Step, after think: Scenario.Think, _ now: NIODeadline) {
        let chance = settings.plan.schedule.mixing.unit(.think, UInt64(buyer.arrival) &* 4 &+ UInt64(buyer.holdTries))
        let spread = Double(think.mostMilliseconds - think.leastMilliseconds)
        go(buyer, step, after: .milliseconds(think.leastMilliseconds + Int((spread * chance).rounded())), now)
    }

    private func go(_ buyer: Buyer, _ step: Buyer.Step, after delay: Delay, _ now: NIODeadline) {
        buyer.step = step
        guard case .milliseconds(let milliseconds) = delay, milliseconds > 0 else {
            note(lagOf: now, now)
            return perform(buyer, plannedAt: now, now: now)
        }
        let plannedAt = now + .milliseconds(Int64(milliseconds))
        loop.assumeIsolated().scheduleTask(deadline: plannedAt) { [self] in
            guard !isEnded, buyer.step == step else { return }
            let now = NIODeadline.now()
            note(lagOf: plannedAt, now)
            perform(buyer, plannedAt: plannedAt, now: now)
        }
    }

    private enum Delay {
        case zero
        case milliseconds(Int)
    }

    /// What a platform hands out, and what is put into a request again, must not break out of it.
    private static func isToken(_ text: String) -> Bool {
        (1...4_096).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
            }
    }
}
