import CurlTransport

extension EndToEndCase {
    static let commitCases: [EndToEndCase] = [
        EndToEndCase(.commits, "from hold to tickets: 202, CONFIRMED, a ticket a seat, the sum of their prices") {
            visit in
            let guest = try await visit.guest()
            let bought = try await visit.bought(guest, 3)
            try bought.first.expect("Location", "/confirm/status?idem=\(bought.key)")
            let tickets = bought.order.tickets
            try require(
                tickets.map(\.seatId).sorted() == bought.seats.map(\.id).sorted(), "a ticket for each seat",
                got: "\(tickets.map(\.seatId))")
            try require(
                Set(tickets.map(\.ticketId) + tickets.map(\.qr)).count == 6, "tickets of their own", got: "\(tickets)")
            let sum = bought.seats.reduce(0) { $0 + $1.price }
            try require(bought.order.total == sum, "the total \(sum)", got: "\(bought.order.total)")
        },
        EndToEndCase(.commits, "a replay is the first 202, byte for byte; another body or user is 422") { visit in
            let (guest, other) = (try await visit.guest(), try await visit.guest())
            let bought = try await visit.bought(guest, 2)
            let (id, seats) = (bought.intent.intentId, bought.seats.map(\.id))
            try await visit.commit(guest, bought.key, id, seats).replays(bought.first, 202)
            try await visit.commit(guest, bought.key, id, seats.reversed()).replays(bought.first, 202)
            try await visit.commit(guest, bought.key, id, [seats[0]]).refuses(422, "idempotency_key_reused")
            try await visit.commit(other, bought.key, id, seats).refuses(422, "idempotency_key_reused")
        },
        EndToEndCase(.commits, "GET /confirm/status of a decided order is private, has an ETag, and no Retry-After") {
            visit in
            let bought = try await visit.bought(try await visit.guest())
            let status = try await visit.status(bought.key).expect(200)
            let control = try status.header("Cache-Control")
            try require(control.hasPrefix("private"), "Cache-Control: private", got: control)
            try require(
                status.headers["Retry-After"] == nil, "no Retry-After", got: status.headers["Retry-After"] ?? "")
            _ = try await visit.status(bought.key, ["If-None-Match": try status.header("ETag")]).expect(304)
        },
        EndToEndCase(.commits, "a sold seat is nobody else's: not to hold, not to buy again") { visit in
            let (guest, other) = (try await visit.guest(), try await visit.guest())
            let bought = try await visit.bought(guest)
            let seats = bought.seats.map(\.id)
            let error = try await visit.hold(other, seats).refuses(409, "seat_already_held_or_sold")
            try require(error.seatIds == seats, "seatIds \(seats)", got: "\(error.seatIds ?? [])")
            try await visit.intent(other, visit.key(), seats).refuses(409, "seat_not_held")
            try require(try await !visit.release(guest, seats), "released: false for a sold seat", got: "true")
            let again = try await visit.commit(guest, visit.key(), bought.intent.intentId, seats)
            try require([409, 410].contains(again.status), "409 or 410 for a second order", got: "\(again.status)")
        },
        EndToEndCase(.commits, "an intent that is none, or another's, or of other seats, buys nothing") { visit in
            let (guest, other) = (try await visit.guest(), try await visit.guest())
            let (intent, held) = try await visit.quoted(guest, 2)
            let (id, seats) = (intent.intentId, held.map(\.id))
            let free = try await visit.seats(1)[0].id
            try await visit.commit(guest, visit.key(), "int-none", seats).refuses(404, "intent_not_found")
            try await visit.commit(guest, visit.key(), id, [seats[0]]).refuses(409, "intent_mismatch")
            try await visit.commit(guest, visit.key(), id, seats + [free]).refuses(409, "intent_mismatch")
            try await visit.commit(other, visit.key(), id, seats).refuses(409, "intent_mismatch")
            try await visit.commit(guest, visit.key(), id, ["no-such-seat"]).refuses(404, "seat_not_found")
            try await visit.post(
                "/confirm/commit",
                VisitBody(userId: guest.userID, eventId: "event-none", seatIds: seats, intentId: id),
                ["Idempotency-Key": visit.key()]
            ).refuses(404, "event_not_found")
        },
        EndToEndCase(.commits, "what was given back and is another's by now is 409 seat_not_held, and stays so") {
            visit in
            let (guest, other) = (try await visit.guest(), try await visit.guest())
            let (intent, held) = try await visit.quoted(guest)
            let seats = held.map(\.id)
            if visit.webhookSecret != nil { _ = try await visit.pay(intent).expect(200) }
            _ = try await visit.release(guest, seats)
            _ = try await visit.hold(other, seats).expect(200)
            let key = visit.key()
            let first = try await visit.commit(guest, key, intent.intentId, seats)
            if first.status == 402, visit.webhookSecret == nil { throw NotShown(reason: "no --webhook-secret-env") }
            try first.refuses(409, "seat_not_held")
            try await visit.commit(guest, key, intent.intentId, seats).replays(first, 409)
        },
        EndToEndCase(.commits, "GET /confirm/status of a key that was never seen is 404, of none 400") { visit in
            try await visit.status(visit.key()).refuses(404, "not_found")
            try await visit.status("short").refuses(400, "bad_request")
            try await visit.get("/confirm/status").refuses(400, "bad_request")
            try await visit.get("/confirm/status?idem=").refuses(400, "bad_request")
        },
    ]
}
