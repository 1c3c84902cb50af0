import TestSupport
import Testing
import Ticketing

extension HoldStoreConformance.Run {
    func multiSeatHoldIsAllOrNothing() async throws {
        try await held(bob, sample.seats(2))
        #expect(try await hold(alice, sample.seats(1, 2, 3), id: "hold-2") == .taken([sample.seat(2).seatID]))
        #expect(try await takenSeats().keys.sorted() == [sample.seat(2).seatID])
        let hold = try await held(alice, sample.seats(1, 3), id: "hold-3")
        #expect(
            hold
                == Hold(
                    holdID: "hold-3", userID: alice, seats: sample.seats(1, 3), expiresAt: sample.after(60)))
        #expect(
            try await state(sample.seat(3))
                == .held(.init(holdID: "hold-3", userID: alice, expiresAt: sample.after(60))))
    }

    func takenSeatsAreSorted() async throws {
        try await held(bob, sample.seats(5, 9))
        try await held(sample.user("carol"), sample.seats(2))
        let wanted = sample.seats(1, 2, 5, 9)
        #expect(
            try await hold(alice, wanted, id: "hold-2")
                == .taken([sample.seat(2).seatID, sample.seat(5).seatID, sample.seat(9).seatID]))
    }

    func holdEndsAtItsInstant() async throws {
        try await held(alice, sample.seats(1), until: 60)
        let request = HoldRequest(
            holdID: "hold-2", userID: bob, seats: sample.seats(1), expiresAt: sample.after(200), limit: 10)
        let lastMoment = sample.after(59, milliseconds: 999)
        #expect(try await store.hold(request, now: lastMoment) == .taken([sample.seat(1).seatID]))
        #expect(
            try await store.check(sample.seats(1), userID: alice, now: lastMoment) == .held(until: sample.after(60)))

        #expect(try await store.check(sample.seats(1), userID: alice, now: sample.after(60)) == .expired)
        let outcome = try await store.hold(request, now: sample.after(60))
        #expect(
            outcome
                == .held(
                    Hold(holdID: "hold-2", userID: bob, seats: sample.seats(1), expiresAt: sample.after(200))))
    }

    func sameSeatsAreTheSameHold() async throws {
        let first = try await held(alice, sample.seats(1, 2), id: "hold-1", at: 0, until: 60)
        #expect(try await held(alice, sample.seats(1, 2), id: "hold-2", at: 30, until: 90) == first)
        #expect(try await held(alice, sample.seats(1, 2), id: "hold-3", at: 59, until: 119) == first)
        #expect(try await takenSeats(at: 60).isEmpty)
    }

    func ownSeatsKeepTheEarlierExpiry() async throws {
        try await held(alice, sample.seats(1), id: "hold-1", at: 0, until: 60)
        let wider = try await held(alice, sample.seats(1, 2), id: "hold-2", at: 30, until: 90)
        #expect(wider.holdID == "hold-2")
        #expect(wider.seats == sample.seats(1, 2))
        #expect(wider.expiresAt == sample.after(60), "the earliest of its seats'")

        let again = try await held(alice, sample.seats(1, 2), id: "hold-3", at: 59, until: 119)
        #expect(again == wider, "the same seats, and so the same hold")
        let narrower = try await held(alice, sample.seats(1), id: "hold-4", at: 59, until: 119)
        #expect(narrower.expiresAt == sample.after(60))

        try await held(bob, sample.seats(1), id: "hold-5", at: 60, until: 120)
    }

    func expiredHoldIsMadeAnew() async throws {
        try await held(alice, sample.seats(1), id: "hold-1", at: 0, until: 60)
        let anew = try await held(alice, sample.seats(1), id: "hold-2", at: 60, until: 120)
        #expect(
            anew == Hold(holdID: "hold-2", userID: alice, seats: sample.seats(1), expiresAt: sample.after(120)))
    }

    func limitCountsHeldPinnedAndSold() async throws {
        let sold = commit("sold-key", alice, sample.seats(1))
        #expect(try await pin(sold, limit: 3) == .recorded)
        try await settle(sold, isSold: true)
        #expect(try await pin(commit("pinned-key", alice, sample.seats(2)), limit: 3) == .recorded)
        try await held(alice, sample.seats(3), id: "hold-3", limit: 3)

        #expect(try await hold(alice, sample.seats(4), id: "hold-4", limit: 3) == .limitReached)
        #expect(try await hold(alice, sample.seats(3, 4), id: "hold-4", limit: 3) == .limitReached)
        #expect(try await takenSeats().count == 3)
        #expect(try await held(alice, sample.seats(3), id: "hold-5", limit: 3).holdID == "hold-3", "its own seat")
        try await held(alice, sample.seats(3, 4), id: "hold-6", limit: 4)
    }

    func limitIsPerEventAndForgetsTheExpired() async throws {
        try await held(alice, sample.seats(1, 2), limit: 2)
        try await held(bob, sample.seats(3, 4), limit: 2)
        let elsewhere = SeatKey(eventID: sample.eventID + "-b", sectionID: "A", seatID: "A001")
        try await held(alice, [elsewhere], id: "hold-2", limit: 2)
        try await held(alice, sample.seats(5, 6), id: "hold-3", at: 60, until: 120, limit: 2)
        #expect(try await hold(alice, sample.seats(1), id: "hold-4", at: 61, limit: 2) == .limitReached)
        #expect(try await store.release(sample.seats(5), userID: alice, now: sample.after(61)))
        try await held(alice, sample.seats(7), id: "hold-5", at: 61, until: 120, limit: 2)
    }

    func limitHoldsUnderConcurrency() async throws {
        let outcomes = try await atOnce(16) { number in
            try await hold(alice, sample.seats(2 * number + 1, 2 * number + 2), id: "hold-\(number)", limit: 5)
        }
        let given = outcomes.compactMap { if case .held(let hold) = $0 { hold } else { nil } }
        #expect(given.count <= 2, "two seats each, five allowed")
        #expect(
            outcomes.allSatisfy {
                switch $0 {
                case .held, .limitReached: true
                case .taken: false
                }
            }, "every seat was free: \(outcomes)")
        let taken = try await takenSeats()
        #expect(taken.keys.sorted() == given.flatMap(\.seats).map(\.seatID).sorted())
        // What the race left is still to be had, and no more.
        for number in 50..<60 { _ = try await hold(alice, sample.seats(number), id: "hold-\(number)", limit: 5) }
        #expect(try await takenSeats().count == 5)
    }

    func concurrentHoldsNeverOverlap() async throws {
        var generator = SeededGenerator(seed: 11)
        let wishes = (0..<40).map { _ in (1...8).shuffled(using: &generator).prefix(3).sorted() }
        let outcomes = try await atOnce(wishes.count) { number in
            try await hold(
                sample.user("buyer-\(number)"), wishes[number].map { sample.seat($0) }, id: "hold-\(number)")
        }
        let given = outcomes.compactMap { if case .held(let hold) = $0 { hold } else { nil } }
        #expect(!given.isEmpty)
        let seats = given.flatMap(\.seats)
        #expect(Set(seats).count == seats.count, "no seat is in two holds: \(given)")
        let taken = try await takenSeats()
        #expect(taken.keys.sorted() == seats.map(\.seatID).sorted(), "no hold is partial")
        for hold in given {
            for seat in hold.seats {
                #expect(
                    taken[seat.seatID]
                        == .held(.init(holdID: hold.holdID, userID: hold.userID, expiresAt: hold.expiresAt)))
            }
        }
        for (number, outcome) in outcomes.enumerated() {
            guard case .taken(let blockers) = outcome else { continue }
            #expect(!blockers.isEmpty && blockers == blockers.sorted())
            #expect(Set(blockers).isSubset(of: wishes[number].map { sample.seat($0).seatID }))
        }
    }

    func concurrentHoldsOfOneSeatHaveOneWinner() async throws {
        let outcomes = try await atOnce(32) { number in
            try await hold(sample.user("buyer-\(number)"), sample.seats(1), id: "hold-\(number)")
        }
        let winners = outcomes.filter { if case .held = $0 { true } else { false } }
        #expect(winners.count == 1)
        #expect(outcomes.count { $0 == .taken([sample.seat(1).seatID]) } == 31)
    }

    func releaseFreesTheUsersOwn() async throws {
        try await held(alice, sample.seats(1, 2, 3))
        #expect(try await store.release(sample.seats(1, 2), userID: alice, now: sample.after(1)))
        #expect(try await store.release(sample.seats(1, 2), userID: alice, now: sample.after(1)) == false)
        #expect(try await takenSeats(at: 1).keys.sorted() == [sample.seat(3).seatID])
        try await held(bob, sample.seats(1, 2), id: "hold-2", at: 1)
        #expect(try await store.release(sample.seats(9), userID: alice, now: sample.after(1)) == false)
    }

    func releaseSparesOthers() async throws {
        try await held(alice, sample.seats(1))
        try await held(bob, sample.seats(2))
        #expect(try await store.release(sample.seats(1), userID: bob, now: sample.after(1)) == false)
        #expect(try await store.release(sample.seats(1, 2), userID: bob, now: sample.after(1)))
        #expect(
            try await takenSeats(at: 1) == [
                sample.seat(1).seatID: .held(.init(holdID: "hold-1", userID: alice, expiresAt: sample.after(60)))
            ])
    }

    func releaseSparesPinnedAndSold() async throws {
        try await held(alice, sample.seats(1, 2))
        let (pinned, sold) = (commit("pinned-key", alice, sample.seats(1)), commit("sold-key", alice, sample.seats(2)))
        #expect(try await pin(pinned) == .recorded)
        #expect(try await pin(sold) == .recorded)
        try await settle(sold, isSold: true)
        #expect(try await store.release(sample.seats(1, 2), userID: alice, now: sample.after(1)) == false)
        #expect(try await state(sample.seat(1)) == .pinned(userID: alice, idem: pinned.idem))
        #expect(try await state(sample.seat(2)) == .sold(userID: alice, idem: sold.idem))
    }

    func releaseOfAnExpiredHoldIsNone() async throws {
        try await held(alice, sample.seats(1), until: 60)
        #expect(try await store.release(sample.seats(1), userID: alice, now: sample.after(60)) == false)
        try await held(bob, sample.seats(1), id: "hold-2", at: 61, until: 120)
        #expect(try await store.release(sample.seats(1), userID: alice, now: sample.after(62)) == false)
        #expect(try await takenSeats(at: 62).count == 1)
    }

    func checkTellsHeldFromExpiredFromNot() async throws {
        try await held(alice, sample.seats(1), id: "hold-1", at: 0, until: 60)
        try await held(alice, sample.seats(2), id: "hold-2", at: 0, until: 90)
        try await held(bob, sample.seats(3), id: "hold-3", at: 0, until: 90)
        func check(_ numbers: Int..., at second: Int64) async throws -> HoldCheck {
            try await store.check(numbers.map { sample.seat($0) }, userID: alice, now: sample.after(second))
        }
        #expect(try await check(1, 2, at: 0) == .held(until: sample.after(60)))
        #expect(try await check(2, at: 89) == .held(until: sample.after(90)))
        #expect(try await check(1, 2, at: 60) == .expired)
        #expect(try await check(1, at: 1_000) == .expired)
        #expect(try await check(2, 3, at: 0) == .notHeld)
        #expect(try await check(1, 3, at: 70) == .notHeld, "one expired, one somebody else's")
        #expect(try await check(9, at: 0) == .notHeld)
        try await held(bob, sample.seats(1), id: "hold-4", at: 60, until: 120)
        #expect(try await check(1, at: 61) == .notHeld, "another's since")
    }

    func seatsAreOfTheirSection() async throws {
        try await held(alice, [sample.seat(1, section: "A"), sample.seat(1, section: "B")])
        let inA = try await store.seats(eventID: sample.eventID, sectionID: "A")
        #expect(inA.keys.sorted() == [sample.seat(1, section: "A").seatID])
        #expect(try await store.seats(eventID: sample.eventID, sectionID: "C").isEmpty)
        #expect(try await store.seats(eventID: sample.eventID + "-none", sectionID: "A").isEmpty)
    }

    func usersAreComparedByTheirBytes() async throws {
        // The same text to Swift's `==`, two users to every store.
        let (composed, decomposed) = (sample.user("Zo\u{EB}"), sample.user("Zoe\u{308}"))
        try await held(composed, sample.seats(1))
        #expect(try await hold(decomposed, sample.seats(1), id: "hold-2") == .taken([sample.seat(1).seatID]))
        #expect(try await store.check(sample.seats(1), userID: decomposed, now: sample.after(1)) == .notHeld)
        #expect(try await store.release(sample.seats(1), userID: decomposed, now: sample.after(1)) == false)
        #expect(try await pin(commit("commit-key", decomposed, sample.seats(1))) == .taken([sample.seat(1).seatID]))
    }
}
