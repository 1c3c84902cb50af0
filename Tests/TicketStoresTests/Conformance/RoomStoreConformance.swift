import Testing
import Ticketing

/// The promises of `RoomStore`, asserted of any store of it. The store may hold other rooms.
enum RoomStoreConformance {
    enum Case: String, CaseIterable, Sendable {
        case sameUserSamePlace, placesAreNumberedInOrder, placesAreUniqueUnderConcurrency
        case oneUserAtOnceGetsOnePlace, epochOfTheFirstInitialStays, roomIsGivenBack
        case replacingNeedsTheVersion, replacingLeavesThePlaces, concurrentReplacementsHaveOneWinner
        case aVersionNotesThePlacesAndEnteringTellsIt, eventsAreApart, usersAreComparedByTheirBytes,
            healthIsOfEveryInstance, healthExpires, pingAnswers
    }

    static func run(_ promise: Case, on store: any RoomStore) async throws {
        let run = Run(store: store)
        switch promise {
        case .sameUserSamePlace: try await run.sameUserSamePlace()
        case .placesAreNumberedInOrder: try await run.placesAreNumberedInOrder()
        case .placesAreUniqueUnderConcurrency: try await run.placesAreUniqueUnderConcurrency()
        case .oneUserAtOnceGetsOnePlace: try await run.oneUserAtOnceGetsOnePlace()
        case .epochOfTheFirstInitialStays: try await run.epochOfTheFirstInitialStays()
        case .roomIsGivenBack: try await run.roomIsGivenBack()
        case .replacingNeedsTheVersion: try await run.replacingNeedsTheVersion()
        case .replacingLeavesThePlaces: try await run.replacingLeavesThePlaces()
        case .concurrentReplacementsHaveOneWinner: try await run.concurrentReplacementsHaveOneWinner()
        case .aVersionNotesThePlacesAndEnteringTellsIt: try await run.aVersionNotesThePlacesAndEnteringTellsIt()
        case .eventsAreApart: try await run.eventsAreApart()
        case .usersAreComparedByTheirBytes: try await run.usersAreComparedByTheirBytes()
        case .healthIsOfEveryInstance: try await run.healthIsOfEveryInstance()
        case .healthExpires: try await run.healthExpires()
        case .pingAnswers: try await store.ping()
        }
    }

    struct Run: Sendable {
        let store: any RoomStore
        let sample = ConformanceSample()

        func initial(epoch: Int64 = 7) -> RoomState {
            RoomState(
                epoch: epoch, updatedAt: sample.start,
                settings: RoomSettings(
                    ratePerSecond: 12.5, burst: 40, admissionSeconds: 600, opensAt: sample.after(30)),
                phase: .scheduled,
                lottery: .init(
                    commitment: String(repeating: "c", count: 64), seed: String(repeating: "5", count: 64)),
                throttle: 0.75, supply: .held, checkpoints: [.init(at: sample.start, admitted: 0)])
        }

        func enter(_ user: String, event: String? = nil, epoch: Int64 = 7) async throws -> RoomPlace {
            try await entry(user, event: event, epoch: epoch).place
        }

        func entry(_ user: String, event: String? = nil, epoch: Int64 = 7) async throws -> RoomEntry {
            try await store.enter(
                eventID: event ?? sample.eventID, userID: sample.user(user), initial: initial(epoch: epoch))
        }

        func room() async throws -> RoomState {
            try #require(try await store.room(eventID: sample.eventID))
        }

        func sameUserSamePlace() async throws {
            let first = try await enter("alice")
            _ = try await enter("bob")
            #expect(try await enter("alice") == first)
            #expect(try await room().issued == 2)
        }

        func placesAreNumberedInOrder() async throws {
            for number in 0..<20 {
                #expect(try await enter("user-\(number)") == RoomPlace(epoch: 7, number: Int64(number)))
            }
        }

        func placesAreUniqueUnderConcurrency() async throws {
            let places = try await atOnce(200) { try await enter("user-\($0)") }
            #expect(places.map(\.number).sorted() == (0..<200).map(Int64.init))
            #expect(Set(places.map(\.epoch)) == [7])
            #expect(try await room().issued == 200)
        }

        func oneUserAtOnceGetsOnePlace() async throws {
            let places = try await atOnce(32) { _ in try await enter("alice") }
            #expect(Set(places.map(\.number)) == [0])
            #expect(try await room().issued == 1)
        }

        func epochOfTheFirstInitialStays() async throws {
            let places = try await atOnce(16) { try await enter("user-\($0)", epoch: Int64(100 + $0)) }
            let epochs = Set(places.map(\.epoch))
            #expect(epochs.count == 1)
            #expect(try await room().epoch == epochs.first)
            #expect(try await enter("late", epoch: 999).epoch == epochs.first)
        }

        func roomIsGivenBack() async throws {
            #expect(try await store.room(eventID: sample.eventID) == nil)
            _ = try await enter("alice")
            var expected = initial()
            expected.issued = 1
            #expect(try await room() == expected)
        }

        /// The room as it stands, moved on.
        func moved(_ room: RoomState) -> RoomState {
            var next = room
            next.serving += 10
            next.admitted += 9
            next.ticks += 1
            next.credit = 0.125
            next.updatedAt = sample.after(1, milliseconds: 5)
            next.phase = .open
            next.lottery?.entrants = 3
            next.throttle = 0.1
            next.supply = .soldOut
            next.stoppedAt = sample.after(1)
            next.settings.opensAt = nil
            next.checkpoints.append(.init(at: sample.after(1), admitted: 9, arrived: 4, left: 2))
            return next
        }

        func replacingNeedsTheVersion() async throws {
            #expect(try await store.replace(eventID: sample.eventID, with: initial(), ifVersion: 0) == false)
            _ = try await enter("alice")
            let before = try await room()
            let next = moved(before)
            #expect(try await store.replace(eventID: sample.eventID, with: next, ifVersion: before.version))
            var written = next
            written.version = before.version + 1
            written.issuedAtWrite = 1
            #expect(try await room() == written, "the store counts the replacements")
            #expect(
                try await store.replace(eventID: sample.eventID, with: before, ifVersion: before.version) == false)
            #expect(try await room() == written)
        }

        func replacingLeavesThePlaces() async throws {
            _ = try await enter("alice")
            let before = try await room()
            _ = try await enter("bob")
            var next = moved(before)
            next.issued = 500
            #expect(try await store.replace(eventID: sample.eventID, with: next, ifVersion: before.version))
            #expect(try await room().issued == 2)
            #expect(try await enter("carol").number == 2)
            #expect(try await enter("alice").number == 0)
        }

        func concurrentReplacementsHaveOneWinner() async throws {
            _ = try await enter("alice")
            let before = try await room()
            let won = try await atOnce(16) { number in
                var next = moved(before)
                next.serving = Int64(number)
                return try await store.replace(eventID: sample.eventID, with: next, ifVersion: before.version)
            }
            #expect(won.count { $0 } == 1)
            #expect(try await room().serving == won.firstIndex(of: true).map(Int64.init))
        }

        func aVersionNotesThePlacesAndEnteringTellsIt() async throws {
            #expect(try await entry("alice") == RoomEntry(place: RoomPlace(epoch: 7, number: 0), version: 0))
            let before = try await room()
            #expect(before.issuedAtWrite == 0)
            _ = try await enter("bob")
            // What was read before bob came does not know of him; what is written does.
            #expect(try await store.replace(eventID: sample.eventID, with: moved(before), ifVersion: 0))
            #expect(try await entry("alice") == RoomEntry(place: RoomPlace(epoch: 7, number: 0), version: 1))
            #expect(try await entry("carol").version == 1)
            let after = try await room()
            #expect((after.issued, after.issuedAtWrite) == (3, 2))
        }

        func eventsAreApart() async throws {
            _ = try await enter("alice")
            _ = try await enter("bob")
            let other = sample.eventID + "-b"
            #expect(try await enter("bob", event: other, epoch: 8) == RoomPlace(epoch: 8, number: 0))
            #expect(try await room().issued == 2)
            #expect(try await store.room(eventID: other)?.issued == 1)
        }

        func usersAreComparedByTheirBytes() async throws {
            // The same text to Swift's `==`.
            #expect(try await enter("Zo\u{EB}").number == 0)
            #expect(try await enter("Zoe\u{308}").number == 1)
        }

        func report(_ instance: String, _ requests: Int, at second: Int64) async throws {
            try await store.report(
                HotPathHealth(requests: requests, failures: 1, p95Milliseconds: 12.5), instance: sample.user(instance),
                now: sample.after(second))
        }

        /// Of this run: their counts of requests are its mark.
        func reported(at second: Int64, mark: Int) async throws -> [Int] {
            try await store.health(now: sample.after(second)).map(\.requests).filter { $0 / 10 == mark }.sorted()
        }

        func healthIsOfEveryInstance() async throws {
            let mark = Int(sample.start.milliseconds % 1_000_000_000)
            try await report("one", mark * 10 + 1, at: 0)
            try await report("two", mark * 10 + 2, at: 1)
            #expect(try await reported(at: 1, mark: mark) == [mark * 10 + 1, mark * 10 + 2])
            try await report("one", mark * 10 + 3, at: 2)
            #expect(try await reported(at: 2, mark: mark) == [mark * 10 + 2, mark * 10 + 3], "the last of each")
        }

        func healthExpires() async throws {
            let mark = Int(sample.start.milliseconds % 1_000_000_000)
            try await report("one", mark * 10 + 1, at: 0)
            #expect(try await reported(at: 120, mark: mark) == [])
            try await report("two", mark * 10 + 2, at: 120)
            #expect(try await reported(at: 120, mark: mark) == [mark * 10 + 2])
        }
    }
}
