import CurlTransport
import Foundation
import Ticketing

/// One buyer's way through a platform, check by check; a check that stands on a failed one is skipped.
struct SmokeRun {
    enum Result {
        case passed
        case failed(SmokeFailure)
        case skipped(String)
    }

    struct Check {
        var name: String
        var result: Result
        var milliseconds: Int
    }

    /// What was bought.
    struct Purchase {
        var seatID: String
        var amount: Int64
        var currency: String
        var idem: String
        var orderID: String
        var ticketID: String
    }

    private let client: SmokeClient
    private let eventID: String
    private let webhookSecret: [UInt8]?
    private let patience: Duration
    private let userID = RandomSource.system.identifier("smoke")
    private let report: (Check) -> Void
    private(set) var checks: [Check] = []
    private(set) var purchase: Purchase?
    /// Held, and not bought: it is not kept from others.
    private var leftSeat: String?

    /// - Parameters:
    ///   - patience: how long the admission, and the order, may take.
    ///   - report: told of each check as it ends.
    init(
        _ client: SmokeClient, eventID: String, webhookSecret: [UInt8]?, patience: Duration,
        report: @escaping (Check) -> Void
    ) {
        self.client = client
        self.eventID = eventID
        self.webhookSecret = webhookSecret
        self.patience = patience
        self.report = report
    }

    var hasFailed: Bool {
        checks.contains { check in if case .passed = check.result { false } else { !isOptional(check) } }
    }

    private func isOptional(_ check: Check) -> Bool { check.name == "payment" && webhookSecret == nil }

    mutating func run() async {
        for (role, url) in [("public", client.publicURL), ("confirm", client.confirmURL)] {
            await check("\(role) health") { run in try await run.health("\(url)/\(role)/health") }
            await check("\(role) ready") { run in _ = try await run.client.get("\(url)/\(role)/ready").expect(200) }
        }
        let seats = await check("seat map") { run in try await run.freeSeats() }
        await check("cache headers", after: seats) { run, seats in try await run.cacheHeaders(seats[0].section) }
        await check("cache TTL", after: seats) { run, seats in try await run.cacheLifetime(seats[0].section) }
        let token = await check("enter, admitted") { run in try await run.enter() }
        await buy(seats, token)
        await check("release", after: seats, token) { run, seats, token in try await run.release(seats, token) }
    }

    private mutating func buy(_ seats: [FreeSeat]?, _ token: String?) async {
        let seat = await check("hold", after: seats, token) { run, seats, token in try await run.hold(seats, token) }
        let idem = RandomSource.system.identifier("smoke")
        let intent = await check("intent, 201", after: seat) { run, seat in try await run.intent(seat, "i-" + idem) }
        await check("intent again, 200", after: seat, intent) { run, seat, intent in
            let again = try await run.intent(seat, "i-" + idem, status: 200)
            guard again.bytes == intent.bytes else {
                throw SmokeFailure(expected: "the first answer, byte for byte", got: "another body")
            }
        }
        var isPaid = false
        if let webhookSecret {
            isPaid =
                await check("payment", after: intent) { run, intent in try await run.pay(intent, webhookSecret) } != nil
        } else {
            note(Check(name: "payment", result: .skipped("no --webhook-secret-env"), milliseconds: 0))
        }
        let committed: Void? =
            webhookSecret != nil && !isPaid
            ? skip("commit")
            : await check("commit", after: seat, intent) { run, seat, intent in
                try await run.commit(seat, intent, idem)
            }
        let order = await check("queue to order", after: committed) { run, _ in try await run.decided(idem) }
        if let seat, let intent, let order {
            purchase = Purchase(
                seatID: seat, amount: intent.amount, currency: intent.currency, idem: idem, orderID: order.orderId,
                ticketID: order.tickets[0].ticketId)
        } else if committed == nil {
            leftSeat = seat
        }
    }

    // MARK: - The calls

    private func health(_ url: String) async throws {
        struct Body: Decodable { var ok: Bool }
        let body: Body = try await client.get(url).expect(200).json()
        guard body.ok else { throw SmokeFailure(expected: "ok: true of \(url)", got: "ok: false") }
    }

    struct FreeSeat: Sendable {
        var section: String
        var seatID: String
    }

    /// The free seats of the first page that has any, in an order of chance: other buyers look at the same map.
    private func freeSeats() async throws -> [FreeSeat] {
        struct Page: Decodable {
            struct Section: Decodable {
                struct Seat: Decodable {
                    var seatId: String
                    var status: String
                }
                var section: String
                var seats: [Seat]
            }
            var sections: [Section]
            var cursor: String?
        }
        var cursor: String?
        repeat {
            let query = cursor.map { "?cursor=\($0)" } ?? ""
            let page: Page = try await client.get("\(client.publicURL)/public/seats/\(eventID)\(query)").expect(200)
                .json()
            let free = page.sections.flatMap { section in
                section.seats.filter { $0.status == "available" }
                    .map { FreeSeat(section: section.section, seatID: $0.seatId) }
            }
            if !free.isEmpty { return free.shuffled() }
            cursor = page.cursor
        } while cursor != nil
        throw SmokeFailure(expected: "a free seat of \(eventID)", got: "none: the event is sold out")
    }

    private struct Summary: Decodable {
        var seatsAvailable: Int
        var updatedAt: String
    }

    private func summaryURL(_ section: String) -> String {
        "\(client.publicURL)/public/summary/\(eventID)/\(section)"
    }

    private func cacheHeaders(_ section: String) async throws {
        let answer = try await client.get(summaryURL(section)).expect(200)
        let _: Summary = try answer.json()
        let expected = "public, max-age=1, s-maxage=10, stale-while-revalidate=10"
        let control = try answer.header("Cache-Control")
        guard control == expected else { throw SmokeFailure(expected: "Cache-Control: \(expected)", got: control) }
        _ = try answer.header("X-Cache")
        let etag = try answer.header("ETag")
        let age = Int(try answer.header("Age")) ?? -1
        guard (0...13).contains(age) else { throw SmokeFailure(expected: "an Age of 0 to 13 s", got: "\(age)") }
        // It may be another version by now; then it has another tag.
        let again = try await client.get(summaryURL(section), headers: ["If-None-Match": etag])
        if again.status != 304, again.headers["ETag"] == etag { _ = try again.expect(304) }
    }

    /// The same within a moment is the cached answer; within 13 s it is a newer one.
    private func cacheLifetime(_ section: String) async throws {
        let first: Summary = try await client.get(summaryURL(section)).expect(200).json()
        let deadline = ContinuousClock.now + .seconds(13)
        while ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(250))
            let next: Summary = try await client.get(summaryURL(section)).expect(200).json()
            if next.updatedAt != first.updatedAt { return }
        }
        throw SmokeFailure(expected: "a newer summary within 13 s", got: "still that of \(first.updatedAt)")
    }

    private func enter() async throws -> String {
        struct Request: Encodable {
            var userId: String
            var eventId: String
        }
        struct Place: Decodable { var roomToken: String }
        struct Status: Decodable {
            var ready: Bool
            var position: Int64
            var etaSec: Int64
        }
        let place: Place = try await client.post(
            "\(client.publicURL)/public/enter", Request(userId: userID, eventId: eventID)
        ).expect(200).json()
        let deadline = ContinuousClock.now + patience
        while true {
            let status: Status = try await client.get(
                "\(client.publicURL)/public/room-status?token=\(place.roomToken)"
            ).expect(200).json()
            if status.ready { return place.roomToken }
            guard ContinuousClock.now < deadline else {
                throw SmokeFailure(
                    expected: "to be admitted within \(patience)",
                    got: "\(status.position) before this buyer, \(status.etaSec) s to go; see --timeout")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private struct SeatsRequest: Encodable {
        var eventId: String
        var seatIds: [String]
    }

    /// Others buy, too: the next seat is tried when one is gone.
    private func hold(_ seats: [FreeSeat], _ token: String) async throws -> String {
        var answer: SmokeClient.Answer?
        for seat in seats.prefix(5) {
            let tried = try await client.post(
                "\(client.publicURL)/public/hold", SeatsRequest(eventId: eventID, seatIds: [seat.seatID]),
                headers: ["x-room-token": token])
            if tried.status == 200 { return seat.seatID }
            answer = tried
            guard tried.status == 409 else { break }
        }
        _ = try answer?.expect(200)
        throw SmokeFailure(expected: "a seat to hold", got: "none is free")
    }

    struct Intent: Sendable {
        var intentID: String
        var amount: Int64
        var currency: String
        var bytes: [UInt8]
    }

    private func intent(_ seatID: String, _ key: String, status: Int = 201) async throws -> Intent {
        struct Request: Encodable {
            var userId: String
            var eventId: String
            var seatIds: [String]
        }
        struct Body: Decodable {
            var intentId: String
            var amount: Int64
            var currency: String
        }
        let answer = try await client.post(
            "\(client.confirmURL)/confirm/payment-intent",
            Request(userId: userID, eventId: eventID, seatIds: [seatID]), headers: ["Idempotency-Key": key]
        ).expect(status)
        if status == 200 { _ = try answer.header("Idempotent-Replayed") }
        let body: Body = try answer.json()
        return Intent(intentID: body.intentId, amount: body.amount, currency: body.currency, bytes: answer.body)
    }

    private func pay(_ intent: Intent, _ secret: [UInt8]) async throws {
        struct Report: Encodable {
            var eventType = "approved"
            var intentId: String
            var providerRef: String
            var amount: Int64
        }
        let body = Array(
            try JSONEncoder().encode(
                Report(intentId: intent.intentID, providerRef: "smoke-" + intent.intentID, amount: intent.amount)))
        let signature = WebhookSignature(secret: secret).header(body: body, at: .now())
        _ = try await client.post(
            "\(client.confirmURL)/confirm/payment-callback", bytes: body, headers: ["X-Signature": signature]
        ).expect(200)
    }

    private func commit(_ seatID: String, _ intent: Intent, _ idem: String) async throws {
        struct Request: Encodable {
            var intentId: String
            var eventId: String
            var seatIds: [String]
            var userId: String
        }
        let answer = try await client.post(
            "\(client.confirmURL)/confirm/commit",
            Request(intentId: intent.intentID, eventId: eventID, seatIds: [seatID], userId: userID),
            headers: ["Idempotency-Key": idem])
        if answer.status == 402, webhookSecret == nil {
            throw SmokeFailure(
                expected: "202 of \(answer.request)",
                got: "402: the platform waits for its payment provider; give --webhook-secret-env, and it is paid")
        }
        _ = try answer.expect(202)
    }

    struct Order: Decodable, Sendable {
        struct Ticket: Decodable, Sendable { var ticketId: String }
        var orderId: String
        var status: String
        var reason: String?
        var tickets: [Ticket]
    }

    private func decided(_ idem: String) async throws -> Order {
        struct Body: Decodable { var order: Order? }
        let deadline = ContinuousClock.now + patience
        while true {
            let body: Body = try await client.get("\(client.confirmURL)/confirm/status?idem=\(idem)").expect(200).json()
            if let order = body.order, order.status != "PROCESSING" {
                guard order.status == "CONFIRMED", order.tickets.count == 1 else {
                    throw SmokeFailure(
                        expected: "CONFIRMED with a ticket",
                        got: "\(order.status) \(order.reason ?? "") with \(order.tickets.count) tickets")
                }
                return order
            }
            guard ContinuousClock.now < deadline else {
                throw SmokeFailure(
                    expected: "a decision within \(patience)",
                    got: "still PROCESSING under \(idem); is a worker running? `tickctl orders show \(idem)`")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The seat that was not bought, or else another one that is held for this, is given back once.
    private func release(_ seats: [FreeSeat], _ token: String) async throws {
        let seat =
            if let leftSeat { leftSeat } else { try await hold(seats.filter { $0.seatID != purchase?.seatID }, token) }
        guard try await give(back: seat, token) else {
            throw SmokeFailure(expected: "released: true for a held seat", got: "false")
        }
        guard try await !give(back: seat, token) else {
            throw SmokeFailure(expected: "released: false for a seat that is not held", got: "true")
        }
    }

    private func give(back seatID: String, _ token: String) async throws -> Bool {
        struct Body: Decodable { var released: Bool }
        let body: Body = try await client.post(
            "\(client.publicURL)/public/release", SeatsRequest(eventId: eventID, seatIds: [seatID]),
            headers: ["x-room-token": token]
        ).expect(200).json()
        return body.released
    }

    // MARK: - Checks

    private mutating func note(_ check: Check) {
        checks.append(check)
        report(check)
    }

    private mutating func skip<Value>(_ name: String) -> Value? {
        note(Check(name: name, result: .skipped("a check before it failed"), milliseconds: 0))
        return nil
    }

    @discardableResult
    private mutating func check<Value>(
        _ name: String, _ body: (SmokeRun) async throws -> Value
    ) async -> Value? {
        let start = ContinuousClock.now
        func elapsed() -> Int { Int((.now - start) / .milliseconds(1)) }
        do {
            let value = try await body(self)
            note(Check(name: name, result: .passed, milliseconds: elapsed()))
            return value
        } catch {
            let failure = error as? SmokeFailure ?? SmokeFailure(expected: "the check to run", got: "\(error)")
            note(Check(name: name, result: .failed(failure), milliseconds: elapsed()))
            return nil
        }
    }

    @discardableResult
    private mutating func check<First, Value>(
        _ name: String, after first: First?, _ body: (SmokeRun, First) async throws -> Value
    ) async -> Value? {
        guard let first else { return skip(name) }
        return await check(name) { run in try await body(run, first) }
    }

    @discardableResult
    private mutating func check<First, Second, Value>(
        _ name: String, after first: First?, _ second: Second?,
        _ body: (SmokeRun, First, Second) async throws -> Value
    ) async -> Value? {
        guard let first, let second else { return skip(name) }
        return await check(name) { run in try await body(run, first, second) }
    }
}
