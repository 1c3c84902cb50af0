extension EndToEndCase {
    static let roomCases: [EndToEndCase] = [
        EndToEndCase(.room, "POST /public/enter again: the same user and event, the same place") { visit in
            let user = visit.user()
            let first = try await visit.enter(user).expect(200)
            let (before, after): (RoomPlace, RoomPlace) = (
                try first.json(), try await visit.enter(user).expect(200).json()
            )
            try require(
                after.position <= before.position, "no worse a place than \(before.position)", got: "\(after.position)")
            try first.expect("Cache-Control", "no-store")
        },
        EndToEndCase(.room, "POST /public/enter of an event that is none: 404 event_not_found") { visit in
            try await visit.post("/public/enter", VisitBody(userId: visit.user(), eventId: "event-none"))
                .refuses(404, "event_not_found")
        },
        EndToEndCase(.room, "GET /public/room-status of a turn: position 0, and the seconds that are left") { visit in
            let guest = try await visit.guest()
            let answer = try await visit.standing(guest.token).expect(200)
            let standing: RoomStanding = try answer.json()
            try require(
                standing.ready && standing.position == 0 && standing.leftSec > 0, "ready, position 0, leftSec above 0",
                got: "\(standing)")
            try answer.expect("Cache-Control", "no-store")
        },
        EndToEndCase(.room, "who still waits is told how long, and may not hold: 403 not_admitted") { visit in
            let user = visit.user()
            let place: RoomPlace = try await visit.enter(user).expect(200).json()
            let standing: RoomStanding = try await visit.standing(place.roomToken).expect(200).json()
            guard !standing.ready else { throw NotShown(reason: "everybody is admitted at once here") }
            try require(
                standing.leftSec == standing.etaSec && standing.position > 0, "leftSec = etaSec and a position",
                got: "\(standing)")
            let guest = Visit.Guest(userID: user, token: place.roomToken)
            let answer = try await visit.hold(guest, try await visit.seats(1).map(\.id))
            if answer.status == 200 { throw NotShown(reason: "the turn came in the meantime") }
            try answer.refuses(403, "not_admitted")
        },
        EndToEndCase(.room, "a turn ends: 401 room_expired") { visit in
            let guest = try await visit.guest()
            let standing: RoomStanding = try await visit.standing(guest.token).expect(200).json()
            guard .seconds(standing.leftSec) < visit.patience else {
                throw NotShown(reason: "a turn lasts \(standing.leftSec) s, longer than --timeout")
            }
            try await visit.eventually("the end of the turn", within: visit.patience + .seconds(5)) {
                try await visit.standing(guest.token).status == 200 ? "still a turn" : nil
            }
            try await visit.standing(guest.token).refuses(401, "room_expired")
            try await visit.hold(guest, try await visit.seats(1).map(\.id)).refuses(401, "room_expired")
        },
        EndToEndCase(.room, "a token that was changed is 401 room_token_invalid, wherever it is shown") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.seats(1).map(\.id)
            for token in Self.changed(guest.token) {
                let other = Visit.Guest(userID: guest.userID, token: token)
                try await visit.standing(token).refuses(401, "room_token_invalid")
                try await visit.hold(other, seats).refuses(401, "room_token_invalid")
                try await visit.post(
                    "/public/release", VisitBody(eventId: visit.eventID, seatIds: seats), ["x-room-token": token]
                ).refuses(401, "room_token_invalid")
            }
        },
        EndToEndCase(.room, "a token of another event is 401 room_token_invalid") { visit in
            let guest = try await visit.guest()
            for path in ["/public/hold", "/public/release"] {
                try await visit.post(
                    path, VisitBody(eventId: "event-none", seatIds: ["a"]), ["x-room-token": guest.token]
                )
                .refuses(401, "room_token_invalid")
            }
        },
        EndToEndCase(.room, "no token: 400 of room-status, 401 of hold and release") { visit in
            try await visit.get("/public/room-status").refuses(400, "bad_request")
            for path in ["/public/hold", "/public/release"] {
                try await visit.post(path, VisitBody(eventId: visit.eventID, seatIds: ["a"]))
                    .refuses(401, "room_token_invalid")
            }
        },
        EndToEndCase(.room, "a user who asks too often is 429 throttled with Retry-After; others are not") { visit in
            let user = visit.user()
            for _ in 0..<100 {
                let answer = try await visit.enter(user)
                guard answer.status != 200 else { continue }
                try answer.refuses(429, "throttled")
                let seconds = Int(try answer.header("Retry-After")) ?? 0
                try require(seconds >= 1, "Retry-After of a second or more", got: "\(seconds)")
                _ = try await visit.enter(visit.user()).expect(200)
                return
            }
            throw NotShown(reason: "a hundred requests of one user are not too many here")
        },
    ]

    private static func changed(_ token: String) -> [String] {
        let last = token.last == "A" ? "B" : "A"
        var tokens = [token.dropLast(5), token.dropFirst(4)].map(String.init)
        tokens += [token + "A", String(token.dropLast(2)) + last + String(token.suffix(1)), "r1.", "x"]
        return tokens + [String(repeating: "x", count: 2_048)]
    }
}
