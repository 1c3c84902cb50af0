import Foundation

extension EndToEndCase {
    static let intentCases: [EndToEndCase] = [
        EndToEndCase(.intents, "201 quotes the catalogue's prices until the end of the hold") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.held(guest, 2)
            let hold: SeatHold = try await visit.hold(guest, seats.map(\.id)).expect(200).json()
            let key = visit.key()
            let answer = try await visit.intent(guest, key, seats.map(\.id)).expect(201)
            let intent: PaymentIntent = try answer.json()
            let sum = seats.reduce(0) { $0 + $1.price }
            try require(intent.amount == sum, "the amount \(sum)", got: "\(intent.amount)")
            try require(intent.expiresAt == hold.expiresAt, hold.expiresAt, got: intent.expiresAt)
            try answer.expect("Location", "/confirm/status?idem=\(key)")
            let status: PurchaseStatus = try await visit.status(key).expect(200).json()
            try require(status.order == nil, "no order yet", got: "\(status)")
        },
        EndToEndCase(.intents, "a replay is the first answer, byte for byte, however it is written") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.held(guest, 2).map(\.id)
            let key = visit.key()
            let first = try await visit.intent(guest, key, seats).expect(201)
            try await visit.intent(guest, key, seats).replays(first, 200)
            try await visit.intent(guest, key, seats.reversed() + [seats[0]]).replays(first, 200)
            try await visit.intent(guest, "\"\(key)\"", seats).replays(first, 200)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let spaced = try encoder.encode(VisitBody(userId: guest.userID, eventId: visit.eventID, seatIds: seats))
            try await visit.post("/confirm/payment-intent", bytes: Array(spaced), ["Idempotency-Key": key])
                .replays(first, 200)
            _ = try await visit.release(guest, seats)
            try await visit.intent(guest, key, seats).replays(first, 200)
            try await visit.intent(guest, key, [seats[0]]).refuses(422, "idempotency_key_reused")
        },
        EndToEndCase(.intents, "a key is its user's: another may use the same") { visit in
            let (one, two) = (try await visit.guest(), try await visit.guest())
            let key = visit.key()
            _ = try await visit.intent(one, key, try await visit.held(one).map(\.id)).expect(201)
            _ = try await visit.intent(two, key, try await visit.held(two).map(\.id)).expect(201)
        },
        EndToEndCase(.intents, "a refusal is remembered under its key") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.seats(1).map(\.id)
            let key = visit.key()
            let first = try await visit.intent(guest, key, seats)
            try first.refuses(409, "seat_not_held")
            _ = try await visit.hold(guest, seats).expect(200)
            try await visit.intent(guest, key, seats).replays(first, 409)
            _ = try await visit.intent(guest, visit.key(), seats).expect(201)
        },
        EndToEndCase(.intents, "keys are 8 to 255 visible ASCII characters, bare or quoted; else 400") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.held(guest).map(\.id)
            let keys: [(String?, Int)] = [
                (nil, 400), ("", 400), ("short77", 400), (String(repeating: "x", count: 256), 400),
                ("with a space", 400),
                ("\"open-quote", 400), ("\"short77\"", 400), ("caf\u{E9}-eight", 400), ("\"\"", 400), ("eight888", 201),
                (String(repeating: "x", count: 255), 201), ("'single-quoted'", 201),
            ]
            for (key, status) in keys {
                let answer = try await visit.post(
                    "/confirm/payment-intent",
                    VisitBody(userId: guest.userID, eventId: visit.eventID, seatIds: seats),
                    key.map { ["Idempotency-Key": $0] } ?? [:])
                if status == 400 { try answer.refuses(400, "bad_request") } else { _ = try answer.expect(status) }
            }
        },
        EndToEndCase(.intents, "what is not held, not there or not this user's makes no intent") { visit in
            let (one, two) = (try await visit.guest(), try await visit.guest())
            let seats = try await visit.held(two).map(\.id)
            try await visit.intent(one, visit.key(), seats).refuses(409, "seat_not_held")
            try await visit.intent(one, visit.key(), ["no-such-seat"]).refuses(404, "seat_not_found")
            try await visit.post(
                "/confirm/payment-intent", VisitBody(userId: one.userID, eventId: "event-none", seatIds: seats),
                ["Idempotency-Key": visit.key()]
            ).refuses(404, "event_not_found")
            let body = VisitBody(userId: two.userID, eventId: visit.eventID, seatIds: seats)
            for token in [one.token, "nonsense"] {
                try await visit.post(
                    "/confirm/payment-intent", body, ["Idempotency-Key": visit.key(), "x-room-token": token]
                ).refuses(401, "room_token_invalid")
            }
        },
        EndToEndCase(.intents, "twenty requests with one key at once: one 201, the rest 200 or 409") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.held(guest).map(\.id)
            let key = visit.key()
            let answers = try await withThrowingTaskGroup(of: SmokeClient.Answer.self) { group in
                for _ in 0..<20 { group.addTask { try await visit.intent(guest, key, seats) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let statuses = answers.map(\.status).sorted()
            try require(
                statuses.count { $0 == 201 } == 1 && statuses.allSatisfy { [200, 201, 409].contains($0) },
                "one 201, the rest 200 or 409", got: "\(statuses)")
            let bodies = Set(answers.filter { $0.status < 300 }.map(\.body))
            try require(bodies.count == 1, "one body", got: "\(bodies.count)")
            for answer in answers where answer.status == 409 {
                try answer.refuses(409, "request_in_progress")
                _ = try answer.header("Retry-After")
            }
        },
        EndToEndCase(.intents, "after the hold has ended: 410 hold_expired") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.held(guest).map(\.id)
            let hold: SeatHold = try await visit.hold(guest, seats).expect(200).json()
            guard
                let end = try? Date(hold.expiresAt, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            else {
                throw SmokeFailure(expected: "an instant", got: hold.expiresAt)
            }
            let left = end.timeIntervalSinceNow
            guard .seconds(left) < visit.patience else {
                throw NotShown(reason: "a hold lasts \(Int(left)) s, longer than --timeout")
            }
            try await Task.sleep(for: .seconds(max(0, left) + 0.5))
            try await visit.intent(guest, visit.key(), seats).refuses(410, "hold_expired")
        },
    ]
}
