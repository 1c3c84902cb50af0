import AWSServices
import TestSupport
import Testing
import Ticketing

@testable import TicketStores

extension StormyTests {
    /// What the hold store makes of a service that fails.
    @Suite struct DynamoDBWeatherTests {
        typealias Run = HoldStoreConformance.Run

        private let emulator: AWSEmulator
        private let log = CallLog()

        init() throws { emulator = try AWSEmulator.stormy.get() }

        private func run() async throws -> Run { Run(store: try await emulator.holdStore(log)) }

        private func under<Value>(_ rule: String, _ body: () async throws -> Value) async throws -> Value {
            try await emulator.setWeather(#"{"rules": [\#(rule)]}"#)
            do {
                let value = try await body()
                try await emulator.clearWeather()
                return value
            } catch {
                try await emulator.clearWeather()
                throw error
            }
        }

        /// The first write is done, and its answer lost.
        private func losingOneAnswer<Value>(_ body: () async throws -> Value) async throws -> Value {
            try await under(#"{"effect": "drop_after", "service": "dynamodb", "kind": "write", "nth": 1}"#) {
                let value = try await body()
                #expect(try await emulator.hits() == [1])
                return value
            }
        }

        @Test func aLostAnswerChangesNoOutcome() async throws {
            let run = try await run()
            let (one, two, three) = (run.sample.seats(1, 2, 3), run.sample.seats(3), run.sample.seats(7))
            let first = run.commit("first-key", run.alice, run.sample.seats(1, 2))
            let second = run.commit("second-key", run.alice, three)
            let refusal = run.refusal("third-key", run.alice, three)
            let held = try await losingOneAnswer { try await run.hold(run.alice, one, limit: 3) }
            #expect(
                held
                    == .held(
                        Hold(holdID: "hold-1", userID: run.alice, seats: one, expiresAt: run.sample.after(60))))
            let isFreed = try await losingOneAnswer {
                try await run.store.release(two, userID: run.alice, now: run.sample.start)
            }
            #expect(isFreed)
            for commit in [first, second] {
                let outcome = try await losingOneAnswer { try await run.pin(commit, limit: 3) }
                #expect(outcome == .recorded)
            }
            let refused = try await losingOneAnswer { try await run.store.refuse(refusal, now: run.sample.start) }
            #expect(refused == .recorded)
            try await losingOneAnswer { try await run.store.markSent([first.idem]) }
            try await losingOneAnswer { try await run.settle(first, isSold: true) }
            try await losingOneAnswer { try await run.settle(second, isSold: false) }

            let unsent = try await run.store.unsentCommits(before: run.sample.after(99), limit: 10)
            #expect(unsent.map(\.idem) == [second.idem])
            let sold = SeatState.sold(userID: run.alice, idem: first.idem)
            #expect(try await run.takenSeats() == ["A001": sold, "A002": sold])
            #expect(try await run.hold(run.alice, run.sample.seats(4, 5), limit: 3) == .limitReached)
            try await run.held(run.alice, run.sample.seats(4), limit: 3)
        }

        @Test func whenEveryAnswerIsLostTheOutcomeIsUnknownAndTheCallCanBeRepeated() async throws {
            let run = try await run()
            let record = run.commit("commit-key", run.alice, run.sample.seats(3))
            let every = #"{"effect": "drop_after", "service": "dynamodb", "kind": "write"}"#
            let lost = await #expect(throws: StoreError.self) {
                try await under(every) { try await run.hold(run.alice, run.sample.seats(1, 2), limit: 3) }
            }
            #expect(lost?.kind == .outcomeUnknown)
            let lostPin = await #expect(throws: StoreError.self) {
                try await under(every) { try await run.pin(record, limit: 3) }
            }
            #expect(lostPin?.kind == .outcomeUnknown)
            #expect(log.count("TransactWriteItems") <= 6)

            let again = try await run.held(run.alice, run.sample.seats(1, 2), id: "hold-2", limit: 3)
            #expect(again.holdID == "hold-1")
            #expect(try await run.pin(record, limit: 3) == .exists(record))
            #expect(try await run.takenSeats().count == 3)
        }

        @Test func aThrottledTableIsToldAfterAFewTries() async throws {
            let run = try await run()
            let throttle = #"{"effect": "throttle", "service": "dynamodb""#
            _ = try await under(throttle + #", "count": 3}"#) { try await run.held(run.alice, run.sample.seats(1, 2)) }
            let before = log.total
            for body in [
                { _ = try await run.hold(run.bob, run.sample.seats(3)) },
                { _ = try await run.store.check(run.sample.seats(1), userID: run.alice, now: run.sample.start) },
                { _ = try await run.store.refuse(run.refusal("a-key", run.bob, []), now: run.sample.start) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: StoreError.self) { try await under(throttle + "}", body) }
                #expect(error?.kind == .overloaded)
            }
            #expect(log.total - before <= 3 * 5)
            try await run.held(run.bob, run.sample.seats(3))
        }

        @Test func aBrokenServiceIsUnavailableAndMayHaveWritten() async throws {
            let run = try await run()
            let broken = #"{"effect": "server_error", "service": "dynamodb", "kind": "#
            let read = await #expect(throws: StoreError.self) {
                try await under(broken + #""read"}"#) { try await run.store.ping() }
            }
            #expect(read?.kind == .unavailable)
            let write = await #expect(throws: StoreError.self) {
                try await under(broken + #""write"}"#) { try await run.hold(run.alice, run.sample.seats(1)) }
            }
            #expect(write?.kind == .outcomeUnknown)
        }

        @Test func aBatchReadInPartIsReadToItsEnd() async throws {
            let run = try await run()
            try await run.held(run.bob, run.sample.seats(1))
            try await run.held(run.bob, run.sample.seats(5), id: "hold-2")
            let partial = #"{"effect": "partial", "service": "dynamodb", "action": "BatchGetItem", "count": 2}"#
            let outcome = try await under(partial) { try await run.hold(run.alice, run.sample.seats(1, 2, 3, 4, 5)) }
            #expect(outcome == .taken(run.sample.seats(1, 5).map(\.seatID)))
        }

        @Test func aStormOfConflictsIsNeverPartialNeverDoubleAndKeepsTheLimit() async throws {
            let run = try await run()
            var generator = SeededGenerator(seed: 23)
            let wishes = (0..<32).map { _ in (1...12).shuffled(using: &generator).prefix(3).sorted() }
            // Two tasks a user.
            let outcomes = try await under(
                #"{"effect": "conflict", "service": "dynamodb", "action": "TransactWriteItems", "probability": 0.5}"#
            ) {
                try await atOnce(32) { number -> (user: String, outcome: HoldOutcome?) in
                    let user = run.sample.user("buyer-\(number % 16)")
                    let seats = wishes[number].map { run.sample.seat($0) }
                    do {
                        return (user, try await run.hold(user, seats, id: "hold-\(number)", limit: 4))
                    } catch let error as StoreError {
                        #expect(error.kind == .overloaded)
                        return (user, nil)
                    }
                }
            }
            #expect(log.count("TransactWriteItems") <= 32 * DynamoDBHoldStore.attempts)
            let given = outcomes.compactMap { if case .held(let hold) = $0.outcome { hold } else { nil } }
            #expect(!given.isEmpty)
            let taken = try await run.takenSeats()
            var owners: [String: String] = [:]
            for hold in given {
                for seat in hold.seats {
                    #expect(owners[seat.seatID] ?? hold.userID == hold.userID, "\(seat.seatID) is in two users' holds")
                    owners[seat.seatID] = hold.userID
                }
            }
            #expect(taken.keys.sorted() == owners.keys.sorted(), "no hold is partial, and none without an answer")
            for (seat, state) in taken {
                guard case .held(let held) = state else {
                    Issue.record("\(seat) is \(state)")
                    continue
                }
                #expect(held.userID == owners[seat])
            }
            for seats in Dictionary(grouping: owners.values, by: \.self).values { #expect(seats.count <= 4) }
        }

        @Test func triesAreBounded() async throws {
            let run = try await run()
            let conflict = #"{"effect": "conflict", "service": "dynamodb", "action": "TransactWriteItems"}"#
            let error = await #expect(throws: StoreError.self) {
                try await under(conflict) { try await run.hold(run.alice, run.sample.seats(1)) }
            }
            #expect(error?.kind == .overloaded)
            #expect(error?.message.contains("TransactionConflict") == true)
            #expect(log.count("TransactWriteItems") == DynamoDBHoldStore.attempts)
            #expect(try await run.takenSeats().isEmpty)
        }

        @Test func whetherExpiredItemsAreDeletedAtOnceOrNeverMakesNoDifference() async throws {
            var told: [[String]] = []
            for ttl in ["never", "at_once"] {
                try await emulator.setWeather(#"{"ttl": "never"}"#)
                let sample = ConformanceSample()
                let store = try await emulator.holdStore()
                let now = Timestamp.now()
                // Longer ago than any item is kept.
                let then = Timestamp(milliseconds: now.milliseconds - 9 * 86_400_000)
                let (alice, bob) = (sample.user("alice"), sample.user("bob"))
                func hold(_ user: String, _ numbers: [Int], at time: Timestamp, limit: Int) async throws -> String {
                    let request = HoldRequest(
                        holdID: "hold-\(numbers[0])", userID: user, seats: numbers.map { sample.seat($0) },
                        expiresAt: Timestamp(milliseconds: time.milliseconds + 60_000), limit: limit)
                    return switch try await store.hold(request, now: time) {
                    case .held(let hold): "held \(hold.holdID)"
                    case .taken(let seats): "taken \(seats)"
                    case .limitReached: "limit"
                    }
                }
                let record = CommitRecord(
                    idem: sample.idem("commit-key"), fingerprint: String(repeating: "a", count: 64),
                    order: sample.order(alice, sample.seats(3)), seats: sample.seats(3), createdAt: then)
                var answers = [
                    try await hold(alice, [1, 2], at: then, limit: 3),
                    "\(try await store.pin(record, limit: 3, now: then))",
                    try await hold(bob, [4], at: then, limit: 3),
                ]
                try await emulator.setWeather(#"{"ttl": "\#(ttl)"}"#)
                answers += [
                    try await hold(bob, [1, 3], at: now, limit: 3), try await hold(bob, [1], at: now, limit: 3),
                    try await hold(alice, [4, 5], at: now, limit: 3), try await hold(alice, [6], at: now, limit: 3),
                    "\(try await store.commit(idem: record.idem) == record)",
                    "\(try await store.unsentCommits(before: now, limit: 10) == [record])",
                ]
                told.append(answers)
                try await emulator.clearWeather()
            }
            #expect(told[0] == told[1])
            #expect(
                told[0].dropFirst(3)
                    == ["taken [\"A003\"]", "held hold-1", "held hold-4", "limit", "true", "true"])
        }
    }
}
