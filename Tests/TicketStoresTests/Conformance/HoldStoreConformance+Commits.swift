import Testing
import Ticketing

extension HoldStoreConformance.Run {
    func pinOutlastsTheHold() async throws {
        try await held(alice, sample.seats(1, 2), until: 60)
        let record = commit("commit-key", alice, sample.seats(1, 2), at: 30)
        #expect(try await pin(record, at: 30) == .recorded)
        #expect(try await store.commit(idem: record.idem) == record)
        #expect(try await state(sample.seat(1)) == .pinned(userID: alice, idem: record.idem))
        #expect(
            try await hold(bob, sample.seats(1, 2, 3), id: "hold-2", at: 1_000_000, until: 1_000_060)
                == .taken(sample.seats(1, 2).map(\.seatID)))
        #expect(try await store.commit(idem: sample.idem("never-used")) == nil)
    }

    func pinTakesExpiredAndFreeSeats() async throws {
        try await held(alice, sample.seats(1), until: 60)
        try await held(bob, sample.seats(2), until: 60)
        let record = commit("commit-key", alice, sample.seats(1, 2, 3), at: 60)
        #expect(try await pin(record, at: 60) == .recorded, "own expired, another's expired, and a free one")
        let states = try await store.seats(eventID: sample.eventID, sectionID: "A")
        #expect(states.count == 3)
        #expect(states.values.allSatisfy { $0 == .pinned(userID: alice, idem: record.idem) })
    }

    func pinOfOthersSeatsWritesNothing() async throws {
        try await held(alice, sample.seats(1), until: 60)
        try await held(bob, sample.seats(7), id: "hold-2", until: 60)
        try await held(bob, sample.seats(3), id: "hold-3", until: 60)
        let record = commit("commit-key", alice, sample.seats(1, 3, 7))
        #expect(try await pin(record, at: 59) == .taken(sample.seats(3, 7).map(\.seatID)))
        #expect(try await store.commit(idem: record.idem) == nil)
        #expect(
            try await state(sample.seat(1))
                == .held(.init(holdID: "hold-1", userID: alice, expiresAt: sample.after(60))))
        #expect(try await pin(record, at: 60) == .recorded, "nothing stood in the way of trying again")
    }

    func pinnedAndSoldAreTaken() async throws {
        let sold = commit("sold-key", alice, sample.seats(1))
        #expect(try await pin(sold) == .recorded)
        try await settle(sold, isSold: true)
        #expect(try await pin(commit("pinned-key", alice, sample.seats(2))) == .recorded)
        for user in [alice, bob] {
            #expect(
                try await pin(commit("late-key", user, sample.seats(1, 2, 3)), at: 900)
                    == .taken(sample.seats(1, 2).map(\.seatID)))
            #expect(
                try await hold(user, sample.seats(1, 2, 3), id: "hold-2", at: 900, until: 960)
                    == .taken(sample.seats(1, 2).map(\.seatID)))
        }
        #expect(try await store.check(sample.seats(2), userID: alice, now: sample.after(1)) == .notHeld)
    }

    func pinKeepsTheLimit() async throws {
        try await held(alice, sample.seats(1, 2), id: "hold-1", until: 60, limit: 3)
        try await held(alice, sample.seats(3), id: "hold-2", until: 90, limit: 3)
        let record = commit("commit-key", alice, sample.seats(1, 2), at: 60)
        try await held(alice, sample.seats(4), id: "hold-3", at: 60, until: 120, limit: 3)
        #expect(try await pin(record, at: 60, limit: 3) == .limitReached, "two others are held since")
        #expect(try await store.commit(idem: record.idem) == nil)
        #expect(try await store.release(sample.seats(4), userID: alice, now: sample.after(60)))
        #expect(try await pin(record, at: 60, limit: 3) == .recorded)
    }

    func pinIsIdempotent() async throws {
        let record = commit("commit-key", alice, sample.seats(1), at: 5)
        #expect(try await pin(record, at: 5) == .recorded)
        #expect(try await pin(record, at: 6) == .exists(record))
        var other = commit("commit-key", bob, sample.seats(2), at: 7)
        other.fingerprint = String(repeating: "b", count: 64)
        #expect(try await pin(other, at: 7) == .exists(record), "the first one counts")
        #expect(try await state(sample.seat(2)) == nil)
        try await settle(record, isSold: true)
        #expect(try await pin(record, at: 8) == .exists(record), "whatever became of its seats")
        #expect(try await store.commit(idem: record.idem) == record)
    }

    func recordsAreKeptWhole() async throws {
        let user = sample.user("ゆうこ \"ß\" 🎫\n")
        let seats = [sample.seat(1, section: "A"), sample.seat(1, section: "B")]
        let record = CommitRecord(
            idem: sample.idem("key !~'\"\\"), fingerprint: String(repeating: "f", count: 64),
            order: sample.order(user, seats, intent: "intent-é"), seats: seats,
            createdAt: sample.after(1, milliseconds: 7),
            traceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
        #expect(try await pin(record) == .recorded)
        #expect(try await store.commit(idem: record.idem) == record)

        var refused = refusal("refused-key", user, [])
        refused.order.seatIds = ["no such seat", "席"]
        refused.refusal?.location = "/confirm/status?idem=x"
        #expect(try await store.refuse(refused, now: sample.after(1)) == .recorded)
        #expect(try await store.commit(idem: refused.idem) == refused)
    }

    func refusalStands() async throws {
        let refused = refusal("commit-key", alice, sample.seats(1))
        #expect(try await store.refuse(refused, now: sample.after(0)) == .recorded)
        #expect(try await store.refuse(refused, now: sample.after(1)) == .exists(refused))
        #expect(try await pin(commit("commit-key", alice, sample.seats(1))) == .exists(refused))
        #expect(try await state(sample.seat(1)) == nil)
        let unsent = try await store.unsentCommits(before: sample.after(1_000), limit: 100)
        #expect(!unsent.contains { $0.idem == refused.idem }, "nothing of a refusal is to be sent")
    }

    func refusalYieldsToARecord() async throws {
        let record = commit("commit-key", alice, sample.seats(1))
        #expect(try await pin(record) == .recorded)
        #expect(
            try await store.refuse(refusal("commit-key", alice, sample.seats(1)), now: sample.after(1))
                == .exists(record))
        #expect(try await store.commit(idem: record.idem) == record)
        #expect(try await state(sample.seat(1)) == .pinned(userID: alice, idem: record.idem))
    }

    func pinAndRefusalRaceHasOneWinner() async throws {
        for round in 1...6 {
            let record = commit("commit-\(round)", alice, sample.seats(round))
            let refused = refusal("commit-\(round)", alice, sample.seats(round))
            let outcomes = try await atOnce(8) { number in
                number.isMultiple(of: 2) == round.isMultiple(of: 2)
                    ? try await pin(record) : try await store.refuse(refused, now: sample.start)
            }
            let standing = try #require(try await store.commit(idem: record.idem))
            #expect(outcomes.count { $0 == .recorded } == 1)
            #expect(outcomes.count { $0 == .exists(standing) } == 7, "\(outcomes)")
            let pinned = try await state(sample.seat(round))
            #expect(pinned == (standing.refusal == nil ? .pinned(userID: alice, idem: record.idem) : nil))
        }
    }

    func concurrentPinsOfOneSeatHaveOneWinner() async throws {
        let outcomes = try await atOnce(24) { number in
            try await pin(commit("commit-\(number)", sample.user("buyer-\(number)"), sample.seats(1, number + 2)))
        }
        #expect(outcomes.count { $0 == .recorded } == 1)
        #expect(outcomes.count { $0 == .taken([sample.seat(1).seatID]) } == 23)
        #expect(try await takenSeats().count == 2, "the winner's two seats")
        let records = try await (0..<24).asyncCount {
            try await store.commit(idem: sample.idem("commit-\($0)")) != nil
        }
        #expect(records == 1)
    }

    func holdAndPinRaceHasOneWinner() async throws {
        for round in 1...8 {
            let won = try await atOnce(2) { number in
                if number == 0 {
                    let outcome = try await hold(bob, sample.seats(round), id: "hold-\(round)")
                    return if case .held = outcome { true } else { false }
                }
                return try await pin(commit("commit-\(round)", alice, sample.seats(round))) == .recorded
            }
            #expect(won[0] != won[1])
            let record = try await store.commit(idem: sample.idem("commit-\(round)"))
            #expect((record != nil) == won[1])
        }
    }

    func pinLimitHoldsUnderConcurrency() async throws {
        let outcomes = try await atOnce(12) { number in
            try await pin(commit("commit-\(number)", alice, sample.seats(number + 1)), limit: 4)
        }
        #expect(outcomes.count { $0 == .recorded } <= 4)
        #expect(outcomes.allSatisfy { $0 == .recorded || $0 == .limitReached }, "\(outcomes)")
        #expect(try await takenSeats().count == outcomes.count { $0 == .recorded })
    }

    func unsentCommitsComeOldestFirst() async throws {
        for (name, second) in [("third", 3), ("first", 1), ("second", 2), ("late", 9)] {
            let seats = [sample.seat(Int(second))]
            #expect(try await pin(commit(name, alice, seats, at: Int64(second)), at: Int64(second)) == .recorded)
        }
        func unsent(before second: Int64, limit: Int = 10_000) async throws -> [String] {
            let records = try await store.unsentCommits(before: sample.after(second), limit: limit)
            #expect(records.count <= limit)
            #expect(records.map(\.createdAt) == records.map(\.createdAt).sorted())
            return records.map(\.idem).filter { $0.hasSuffix(sample.idem("")) }
        }
        #expect(try await unsent(before: 9) == ["first", "second", "third"].map { sample.idem($0) })
        #expect(try await unsent(before: 1).isEmpty)
        #expect(try await unsent(before: 100, limit: 2).count <= 2)

        try await store.markSent([sample.idem("first"), sample.idem("third")])
        try await store.markSent([sample.idem("first"), sample.idem("never-used")])
        #expect(try await unsent(before: 100) == ["second", "late"].map { sample.idem($0) })
        #expect(try await store.commit(idem: sample.idem("never-used")) == nil, "marking makes no record")
        let kept = try await store.commit(idem: sample.idem("first"))
        #expect(kept == commit("first", alice, sample.seats(1), at: 1), "marked, but otherwise as it was")
        try await store.markSent([sample.idem("second"), sample.idem("late")])
        #expect(try await unsent(before: 100).isEmpty)
        try await store.markSent([])
    }

    func settlingSells() async throws {
        let record = commit("commit-key", alice, sample.seats(1, 2))
        #expect(try await pin(record) == .recorded)
        for second in [1, 2] as [Int64] {
            try await settle(record, isSold: true, at: second)
            #expect(try await state(sample.seat(1)) == .sold(userID: alice, idem: record.idem))
            #expect(try await state(sample.seat(2)) == .sold(userID: alice, idem: record.idem))
        }
        try await settle(record, isSold: false, at: 3)
        #expect(try await state(sample.seat(1)) == .sold(userID: alice, idem: record.idem), "sold stays sold")
    }

    func settlingFrees() async throws {
        let record = commit("commit-key", alice, sample.seats(1, 2))
        #expect(try await pin(record, limit: 2) == .recorded)
        #expect(try await hold(alice, sample.seats(3), id: "hold-1", limit: 2) == .limitReached)
        try await settle(record, isSold: false, at: 1)
        #expect(try await takenSeats(at: 1).isEmpty)
        try await held(alice, sample.seats(2, 3), id: "hold-2", at: 1, limit: 2)
        try await held(bob, sample.seats(1), id: "hold-3", at: 1, limit: 2)
        try await settle(record, isSold: false, at: 2)
        try await settle(record, isSold: true, at: 2)
        #expect(try await takenSeats(at: 2).count == 3, "others' holds are not this commit's")
        #expect(
            try await state(sample.seat(1)) == .held(.init(holdID: "hold-3", userID: bob, expiresAt: sample.after(60))))
        #expect(try await store.commit(idem: record.idem) == record)
    }

    func settlingIsForItsOwnCommit() async throws {
        let record = commit("commit-key", alice, sample.seats(1))
        #expect(try await pin(record) == .recorded)
        for isSold in [true, false] {
            try await settle(commit("other-key", alice, sample.seats(1)), isSold: isSold)
            #expect(try await state(sample.seat(1)) == .pinned(userID: alice, idem: record.idem))
        }
        try await settle(commit("other-key", bob, sample.seats(2)), isSold: true)
        #expect(try await state(sample.seat(2)) == nil, "nothing was pinned")
        // Freed, and pinned again by another: the first commit's decision, repeated, is not about that.
        try await settle(record, isSold: false)
        let next = commit("next-key", bob, sample.seats(1))
        #expect(try await pin(next) == .recorded)
        try await settle(record, isSold: false)
        #expect(try await state(sample.seat(1)) == .pinned(userID: bob, idem: next.idem))
    }

    func manyAreSettledAtOnce() async throws {
        let records = (1...30).map {
            commit("commit-\($0)", sample.user("buyer-\($0)"), sample.seats($0 * 2, $0 * 2 + 1))
        }
        for record in records { #expect(try await pin(record) == .recorded) }
        try await store.settle(
            records.enumerated().map { index, record in
                CommitSettlement(
                    idem: record.idem, userID: record.order.userId, seats: record.seats,
                    isSold: index.isMultiple(of: 3))
            }, now: sample.after(1))
        let taken = try await takenSeats(at: 1)
        let sold = records.enumerated().filter { $0.offset.isMultiple(of: 3) }.map(\.element)
        #expect(taken.keys.sorted() == sold.flatMap(\.seats).map(\.seatID).sorted())
        for record in sold {
            #expect(taken[record.seats[1].seatID] == .sold(userID: record.order.userId, idem: record.idem))
        }
        try await store.settle([], now: sample.after(1))
    }
}

extension Sequence {
    fileprivate func asyncCount(where matches: (Element) async throws -> Bool) async rethrows -> Int {
        var count = 0
        for element in self where try await matches(element) { count += 1 }
        return count
    }
}
