extension EndToEndCase {
    private static let taken = "seat_already_held_or_sold"

    static let holdCases: [EndToEndCase] = [
        EndToEndCase(.holds, "a hold is all or nothing: 409 names what is taken, the rest stays free") { visit in
            let (one, two, three) = (try await visit.guest(), try await visit.guest(), try await visit.guest())
            let mine = try await visit.held(one, 2).map(\.id)
            let others = try await visit.seats(2).map(\.id)
            let error = try await visit.hold(two, [others[0]] + mine + [others[1]]).refuses(409, taken)
            try require(
                error.seatIds.map(Set.init) == Set(mine), "seatIds \(mine.sorted())", got: "\(error.seatIds ?? [])")
            _ = try await visit.hold(three, others).expect(200)
        },
        EndToEndCase(.holds, "409 offers up to five free sets of as many seats") { visit in
            let (one, two) = (try await visit.guest(), try await visit.guest())
            let mine = try await visit.held(one, 2).map(\.id)
            let offered = try await visit.hold(two, mine).refuses(409, taken).alternatives ?? []
            try require(
                (1...5).contains(offered.count)
                    && offered.allSatisfy { Set($0).count == 2 && Set($0).isDisjoint(with: mine) },
                "1 to 5 sets of two other seats", got: "\(offered)")
            for set in offered where try await visit.hold(two, set).status == 200 { return }
            throw SmokeFailure(expected: "an alternative that can be held", got: "none of \(offered)")
        },
        EndToEndCase(.holds, "the same holder again has the same hold, whatever the order of the seats") { visit in
            let guest = try await visit.guest()
            let seats = try await visit.held(guest, 2).map(\.id)
            let first: SeatHold = try await visit.hold(guest, seats).expect(200).json()
            let second: SeatHold = try await visit.hold(guest, seats.reversed() + [seats[0]]).expect(200).json()
            try require(first == second && first.seatIds == seats.sorted(), "\(first)", got: "\(second)")
        },
        EndToEndCase(.holds, "seatId is seatIds of one; both together are 400") { visit in
            let guest = try await visit.guest()
            let seat = try await visit.held(guest)[0].id
            let token = ["x-room-token": guest.token]
            let hold: SeatHold = try await visit.post(
                "/public/hold", VisitBody(eventId: visit.eventID, seatId: seat), token
            ).expect(200).json()
            try require(hold.seatIds == [seat], "[\(seat)]", got: "\(hold.seatIds)")
            try await visit.post(
                "/public/hold", VisitBody(eventId: visit.eventID, seatId: seat, seatIds: [seat]), token
            )
            .refuses(400, "bad_request")
        },
        EndToEndCase(.holds, "only the holder frees a seat, and only once") { visit in
            let (one, two) = (try await visit.guest(), try await visit.guest())
            let seats = try await visit.held(one).map(\.id)
            try require(try await !visit.release(two, seats), "released: false for another's seat", got: "true")
            try await visit.hold(two, seats).refuses(409, taken)
            try require(try await visit.release(one, seats), "released: true", got: "false")
            try require(try await !visit.release(one, seats), "released: false for a free seat", got: "true")
            _ = try await visit.hold(two, seats).expect(200)
            try require(try await !visit.release(one, seats), "released: false for what is another's now", got: "true")
        },
        EndToEndCase(.holds, "a seat that is none is 404 seat_not_found, with others or alone") { visit in
            let guest = try await visit.guest()
            let known = try await visit.seats(1)[0].id
            for path in ["/public/hold", "/public/release"] {
                for seats in [["no-such-seat"], [known, "no-such-seat"]] {
                    try await visit.post(
                        path, VisitBody(eventId: visit.eventID, seatIds: seats), ["x-room-token": guest.token]
                    ).refuses(404, "seat_not_found")
                }
            }
        },
        EndToEndCase(.holds, "more seats than the limit are 422 purchase_limit until one is given back") { visit in
            let guest = try await visit.guest()
            var held: [String] = []
            for seat in try await visit.seats(21).map(\.id) {
                let answer = try await visit.hold(guest, [seat])
                if answer.status == 409 { continue }
                if answer.status == 200 {
                    held.append(seat)
                    continue
                }
                try answer.refuses(422, "purchase_limit")
                guard let first = held.first else { break }
                try require(try await visit.release(guest, [first]), "released: true", got: "false")
                _ = try await visit.hold(guest, [seat]).expect(200)
                try await visit.hold(guest, [first]).refuses(422, "purchase_limit")
                return
            }
            throw SmokeFailure(expected: "422 purchase_limit", got: "\(held.count) seats held")
        },
        EndToEndCase(.holds, "one seat, twenty buyers at once: one hold") { visit in
            let seat = try await visit.seats(1).map(\.id)
            var guests: [Visit.Guest] = []
            for _ in 0..<20 { guests.append(try await visit.guest()) }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for guest in guests { group.addTask { try await visit.hold(guest, seat).status } }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            try require(statuses == [200: 1, 409: 19], "one 200 and 19 times 409", got: "\(statuses)")
        },
    ]
}
