import TestSupport
import Testing
import Ticketing

@testable import TicketStores

extension StormyTests {
    /// What happens between a change's read and its write is found by the write's conditions.
    @Suite struct DynamoDBRaceTests {
        typealias Run = HoldStoreConformance.Run

        /// Starts `late`, and lets `early` happen when it has read but not written.
        private func race<Late: Sendable>(
            _ late: @escaping @Sendable (Run) async throws -> Late, behind early: (Run) async throws -> Void,
            on run: Run
        ) async throws -> Late {
            let emulator = try AWSEmulator.stormy.get()
            try await emulator.setWeather(
                #"{"rules": [{"effect": "hold", "service": "dynamodb", "action": "TransactWriteItems", "count": 1}]}"#)
            let outcome = Task { try await late(run) }
            _ = try await eventually("the write is on its way") { try await emulator.hits() == [1] ? true : nil }
            try await early(run)
            try await emulator.clearWeather()
            return try await outcome.value
        }

        private func run() async throws -> Run { Run(store: try await AWSEmulator.stormy.get().holdStore()) }

        @Test func aFreeSeatIsTaken() async throws {
            let run = try await run()
            let outcome = try await race(
                { try await $0.hold($0.bob, $0.sample.seats(1, 2), id: "late") },
                behind: { try await $0.held($0.alice, $0.sample.seats(1)) }, on: run)
            #expect(outcome == .taken([run.sample.seat(1).seatID]))
            #expect(try await run.takenSeats().keys.sorted() == [run.sample.seat(1).seatID])
        }

        @Test func anExpiredSeatIsTakenAgain() async throws {
            let run = try await run()
            try await run.held(run.sample.user("carol"), run.sample.seats(1), until: 60)
            let outcome = try await race(
                { try await $0.hold($0.bob, $0.sample.seats(1), id: "late", at: 60, until: 120) },
                behind: { try await $0.held($0.alice, $0.sample.seats(1), id: "early", at: 60, until: 120) }, on: run)
            #expect(outcome == .taken([run.sample.seat(1).seatID]))
            #expect(
                try await run.state(run.sample.seat(1))
                    == .held(.init(holdID: "early", userID: run.alice, expiresAt: run.sample.after(120))))
        }

        @Test func aSeatToBeReleasedIsAnothersMeanwhile() async throws {
            let run = try await run()
            try await run.held(run.alice, run.sample.seats(1, 2), until: 60)
            let isFreed = try await race(
                { try await $0.store.release($0.sample.seats(1), userID: $0.alice, now: $0.sample.after(59)) },
                behind: { try await $0.held($0.bob, $0.sample.seats(1), id: "early", at: 60, until: 120) }, on: run)
            #expect(isFreed == false)
            #expect(
                try await run.state(run.sample.seat(1))
                    == .held(.init(holdID: "early", userID: run.bob, expiresAt: run.sample.after(120))))
        }

        @Test func anOwnSeatIsAnothersMeanwhile() async throws {
            let run = try await run()
            try await run.held(run.alice, run.sample.seats(1), until: 60)
            let outcome = try await race(
                { try await $0.hold($0.alice, $0.sample.seats(1, 2), id: "late", at: 59, until: 119) },
                behind: { try await $0.held($0.bob, $0.sample.seats(1), id: "early", at: 60, until: 120) }, on: run)
            #expect(outcome == .taken([run.sample.seat(1).seatID]))
            #expect(try await run.state(run.sample.seat(2)) == nil)
        }

        @Test func theUserHoldsOtherSeatsMeanwhile() async throws {
            let run = try await run()
            let outcome = try await race(
                { try await $0.hold($0.alice, $0.sample.seats(1, 2), id: "late", limit: 3) },
                behind: { try await $0.held($0.alice, $0.sample.seats(3, 4), id: "early", limit: 3) }, on: run)
            #expect(outcome == .limitReached)
            #expect(try await run.takenSeats().count == 2)
        }

        @Test func theUserHoldsTheSameSeatsMeanwhile() async throws {
            let run = try await run()
            let outcome = try await race(
                { try await $0.hold($0.alice, $0.sample.seats(1, 2), id: "late", until: 90) },
                behind: { try await $0.held($0.alice, $0.sample.seats(1, 2), id: "early", until: 60) }, on: run)
            let standing = Hold(
                holdID: "early", userID: run.alice, seats: run.sample.seats(1, 2), expiresAt: run.sample.after(60))
            #expect(outcome == .held(standing))
        }

        @Test func aSeatToBePinnedIsTaken() async throws {
            let run = try await run()
            let record = run.commit("commit-key", run.alice, run.sample.seats(1, 2))
            let outcome = try await race(
                { try await $0.pin(record) }, behind: { try await $0.held($0.bob, $0.sample.seats(2)) }, on: run)
            #expect(outcome == .taken([run.sample.seat(2).seatID]))
            #expect(try await run.store.commit(idem: record.idem) == nil)
        }

        @Test func theKeyIsRefusedMeanwhile() async throws {
            let run = try await run()
            let record = run.commit("commit-key", run.alice, run.sample.seats(1))
            let refusal = run.refusal("commit-key", run.alice, run.sample.seats(1))
            let outcome = try await race(
                { try await $0.pin(record) },
                behind: { run in
                    let refused = try await run.store.refuse(refusal, now: run.sample.start)
                    #expect(refused == .recorded)
                }, on: run)
            #expect(outcome == .exists(refusal))
            #expect(try await run.takenSeats().isEmpty)
        }
    }
}
