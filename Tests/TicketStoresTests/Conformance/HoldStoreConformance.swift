import Testing
import Ticketing

/// The promises of `HoldStore`, asserted of any store of it. The store may hold other data.
enum HoldStoreConformance {
    enum Case: String, CaseIterable, Sendable {
        // Holds.
        case multiSeatHoldIsAllOrNothing, takenSeatsAreSorted, holdEndsAtItsInstant, sameSeatsAreTheSameHold
        case ownSeatsKeepTheEarlierExpiry, expiredHoldIsMadeAnew, limitCountsHeldPinnedAndSold
        case limitIsPerEventAndForgetsTheExpired, limitHoldsUnderConcurrency, concurrentHoldsNeverOverlap
        case concurrentHoldsOfOneSeatHaveOneWinner
        case releaseFreesTheUsersOwn, releaseSparesOthers, releaseSparesPinnedAndSold, releaseOfAnExpiredHoldIsNone
        case checkTellsHeldFromExpiredFromNot, seatsAreOfTheirSection
        case usersAreComparedByTheirBytes
        // Commits.
        case pinOutlastsTheHold, pinTakesExpiredAndFreeSeats, pinOfOthersSeatsWritesNothing, pinnedAndSoldAreTaken
        case pinKeepsTheLimit, pinIsIdempotent, recordsAreKeptWhole, refusalStands, refusalYieldsToARecord
        case pinAndRefusalRaceHasOneWinner, concurrentPinsOfOneSeatHaveOneWinner, holdAndPinRaceHasOneWinner
        case pinLimitHoldsUnderConcurrency
        case unsentCommitsComeOldestFirst, settlingSells, settlingFrees, settlingIsForItsOwnCommit
        case manyAreSettledAtOnce, purgingSparesWhatIsUnsentOrYoung, pingAnswers
    }

    static func run(_ promise: Case, on store: any HoldStore) async throws {
        let run = Run(store: store)
        switch promise {
        case .multiSeatHoldIsAllOrNothing: try await run.multiSeatHoldIsAllOrNothing()
        case .takenSeatsAreSorted: try await run.takenSeatsAreSorted()
        case .holdEndsAtItsInstant: try await run.holdEndsAtItsInstant()
        case .sameSeatsAreTheSameHold: try await run.sameSeatsAreTheSameHold()
        case .ownSeatsKeepTheEarlierExpiry: try await run.ownSeatsKeepTheEarlierExpiry()
        case .expiredHoldIsMadeAnew: try await run.expiredHoldIsMadeAnew()
        case .limitCountsHeldPinnedAndSold: try await run.limitCountsHeldPinnedAndSold()
        case .limitIsPerEventAndForgetsTheExpired: try await run.limitIsPerEventAndForgetsTheExpired()
        case .limitHoldsUnderConcurrency: try await run.limitHoldsUnderConcurrency()
        case .concurrentHoldsNeverOverlap: try await run.concurrentHoldsNeverOverlap()
        case .concurrentHoldsOfOneSeatHaveOneWinner: try await run.concurrentHoldsOfOneSeatHaveOneWinner()
        case .releaseFreesTheUsersOwn: try await run.releaseFreesTheUsersOwn()
        case .releaseSparesOthers: try await run.releaseSparesOthers()
        case .releaseSparesPinnedAndSold: try await run.releaseSparesPinnedAndSold()
        case .releaseOfAnExpiredHoldIsNone: try await run.releaseOfAnExpiredHoldIsNone()
        case .checkTellsHeldFromExpiredFromNot: try await run.checkTellsHeldFromExpiredFromNot()
        case .seatsAreOfTheirSection: try await run.seatsAreOfTheirSection()
        case .usersAreComparedByTheirBytes: try await run.usersAreComparedByTheirBytes()
        case .pinOutlastsTheHold: try await run.pinOutlastsTheHold()
        case .pinTakesExpiredAndFreeSeats: try await run.pinTakesExpiredAndFreeSeats()
        case .pinOfOthersSeatsWritesNothing: try await run.pinOfOthersSeatsWritesNothing()
        case .pinnedAndSoldAreTaken: try await run.pinnedAndSoldAreTaken()
        case .pinKeepsTheLimit: try await run.pinKeepsTheLimit()
        case .pinIsIdempotent: try await run.pinIsIdempotent()
        case .recordsAreKeptWhole: try await run.recordsAreKeptWhole()
        case .refusalStands: try await run.refusalStands()
        case .refusalYieldsToARecord: try await run.refusalYieldsToARecord()
        case .pinAndRefusalRaceHasOneWinner: try await run.pinAndRefusalRaceHasOneWinner()
        case .concurrentPinsOfOneSeatHaveOneWinner: try await run.concurrentPinsOfOneSeatHaveOneWinner()
        case .holdAndPinRaceHasOneWinner: try await run.holdAndPinRaceHasOneWinner()
        case .pinLimitHoldsUnderConcurrency: try await run.pinLimitHoldsUnderConcurrency()
        case .unsentCommitsComeOldestFirst: try await run.unsentCommitsComeOldestFirst()
        case .settlingSells: try await run.settlingSells()
        case .settlingFrees: try await run.settlingFrees()
        case .settlingIsForItsOwnCommit: try await run.settlingIsForItsOwnCommit()
        case .manyAreSettledAtOnce: try await run.manyAreSettledAtOnce()
        case .purgingSparesWhatIsUnsentOrYoung: try await run.purgingSparesWhatIsUnsentOrYoung()
        case .pingAnswers: try await store.ping()
        }
    }

    /// One case under way.
    struct Run: Sendable {
        let store: any HoldStore
        let sample = ConformanceSample()

        var alice: String { sample.user("alice") }
        var bob: String { sample.user("bob") }

        func hold(
            _ user: String, _ seats: [SeatKey], id: String = "hold-1", at second: Int64 = 0, until expiry: Int64 = 60,
            limit: Int = 10
        ) async throws -> HoldOutcome {
            try await store.hold(
                HoldRequest(
                    holdID: id, userID: user, seats: seats, expiresAt: sample.after(expiry), limit: limit),
                now: sample.after(second))
        }

        /// A hold that must be given.
        @discardableResult
        func held(
            _ user: String, _ seats: [SeatKey], id: String = "hold-1", at second: Int64 = 0, until expiry: Int64 = 60,
            limit: Int = 10, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws -> Hold {
            let outcome = try await hold(user, seats, id: id, at: second, until: expiry, limit: limit)
            let given: Hold? = if case .held(let hold) = outcome { hold } else { nil }
            return try #require(given, "\(outcome)", sourceLocation: sourceLocation)
        }

        func commit(_ idem: String, _ user: String, _ seats: [SeatKey], at second: Int64 = 0) -> CommitRecord {
            CommitRecord(
                idem: sample.idem(idem), fingerprint: String(repeating: "a", count: 64),
                order: sample.order(user, seats), seats: seats, createdAt: sample.after(second))
        }

        func refusal(_ idem: String, _ user: String, _ seats: [SeatKey]) -> CommitRecord {
            var record = commit(idem, user, seats)
            record.refusal = StoredAnswer(status: 410, body: #"{"error":"hold_expired","message":"vorbei – 終了"}"#)
            return record
        }

        func pin(_ record: CommitRecord, at second: Int64 = 0, limit: Int = 10) async throws -> PinOutcome {
            try await store.pin(record, limit: limit, now: sample.after(second))
        }

        func settle(_ record: CommitRecord, isSold: Bool, at second: Int64 = 0) async throws {
            try await store.settle(
                [
                    CommitSettlement(
                        idem: record.idem, userID: record.order.userId, seats: record.seats, isSold: isSold)
                ],
                now: sample.after(second))
        }

        func state(_ seat: SeatKey) async throws -> SeatState? {
            try await store.seats(eventID: seat.eventID, sectionID: seat.sectionID)[seat.seatID]
        }

        /// The seats of a section that nobody else can take at an instant.
        func takenSeats(section: String = "A", at second: Int64 = 0) async throws -> [String: SeatState] {
            try await store.seats(eventID: sample.eventID, sectionID: section)
                .filter { $0.value.isTaken(at: sample.after(second)) }
        }
    }
}
