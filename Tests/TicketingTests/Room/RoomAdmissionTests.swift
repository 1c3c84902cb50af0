import TestSupport
import Testing

@testable import Ticketing

@Suite struct RoomAdmissionTests {
    static func room(
        rate: Double = 10, burst: Int64 = 5, phase: RoomState.Phase = .open, opensAt: Timestamp? = nil,
        serving: Int64? = nil, issued: Int64 = 0
    ) -> RoomState {
        RoomState(
            epoch: 1, issued: issued, serving: serving, updatedAt: Sample.now,
            settings: RoomSettings(ratePerSecond: rate, burst: burst, admissionSeconds: 300, opensAt: opensAt),
            phase: phase)
    }

    /// A process alone with a room: ticks until `seconds` have passed.
    private struct Process {
        var clock = RoomClock()
        var now = Sample.now

        mutating func run(_ room: inout RoomState, seconds: Double, step: Duration = .milliseconds(100)) {
            let end = now + .milliseconds(Int64(seconds * 1_000))
            while now < end {
                now = now + step
                if room.advance(to: now, by: &clock) { clock.wrote(room, at: now) }
            }
        }
    }

    private func standing(_ room: RoomState, _ number: Int64, at now: Timestamp = Sample.now) -> RoomStanding {
        room.standing(of: RoomPlace(epoch: 1, number: number), at: now)
    }

    @Test func `who enters an idle room is admitted at once, up to the burst`() {
        var room = Self.room()
        room.issued = 6
        for number in Int64(0)..<5 { #expect(standing(room, number) == .admitted(leftSeconds: 300)) }
        #expect(standing(room, 5) == .waiting(position: 1, etaSeconds: 1))
        // Later, after a quiet time, again.
        var process = Process()
        process.run(&room, seconds: 600)
        #expect(room.serving == 11)
        room.issued = 11
        #expect(standing(room, 10, at: process.now) == .admitted(leftSeconds: 300))
    }

    @Test func `a crowd is admitted at the rate`() {
        var room = Self.room(rate: 10, burst: 5, issued: 1_000)
        var process = Process()
        process.run(&room, seconds: 1)  // sees the room, takes it over
        let before = room.serving
        process.run(&room, seconds: 20)
        #expect((198...200).contains(room.serving - before))
        #expect(standing(room, room.serving + 29, at: process.now) == .waiting(position: 30, etaSeconds: 3))
    }

    @Test func `nobody is admitted before the doors open, while closed or with nothing to sell`() {
        var scheduled = Self.room(phase: .scheduled, opensAt: Sample.now + .seconds(10), issued: 100)
        var process = Process()
        process.run(&scheduled, seconds: 9.9)
        #expect(scheduled.serving == 0 && scheduled.phase == .scheduled)
        #expect(standing(scheduled, 0, at: Sample.now) == .waiting(position: 1, etaSeconds: 11))
        process.run(&scheduled, seconds: 0.2)
        #expect((5...6).contains(scheduled.serving) && scheduled.phase == .open)

        var closed = Self.room(issued: 2)
        closed.issuedAtWrite = 2
        closed.close()
        var sold = Self.room(serving: 5, issued: 2)
        sold.admitted = 2
        sold.supply = .held
        for var room in [closed, sold] {
            // Places that were given ahead are not taken either.
            room.issued = 1_000
            var process = Process()
            process.run(&room, seconds: 60)
            #expect(room.serving == 5)
            #expect(standing(room, 1) == .admitted(leftSeconds: 300))
            #expect(standing(room, 2) == .waiting(position: 1, etaSeconds: 1))
            // Neither did the time earn anything but the burst.
            room.supply = .free
            room.open(at: process.now)
            process.run(&room, seconds: 0.1)
            #expect(room.serving <= 2 + 5 + 1)
        }
    }

    @Test func `the expected time of a stopped room grows, and of a sold out one it is never`() {
        var closed = Self.room(rate: 10, burst: 5, serving: 0, issued: 100)
        var process = Process()
        process.run(&closed, seconds: 1)
        var (held, soldOut) = (closed, closed)
        closed.close()
        held.supply = .held
        soldOut.supply = .soldOut
        let stopped = process.now
        for (var room, least) in [
            (closed, [10, 70, 610]), (held, [10, 70, 610]), (soldOut, [604_800, 604_800, 604_800]),
        ] {
            var process = process
            for (seconds, least) in zip([0.2, 60, 600], least) {
                process.run(&room, seconds: seconds - (process.now - stopped) / .seconds(1))
                guard case .waiting(let position, let eta) = standing(room, 99, at: process.now) else {
                    Issue.record("somebody is admitted")
                    return
                }
                #expect(position > 80 && (Int64(least) - 3...Int64(least)).contains(eta), "\(eta) after \(seconds) s")
            }
            // On the move again it says what it said before.
            room.supply = .free
            room.open(at: process.now)
            #expect(standing(room, room.serving + 29, at: process.now) == .waiting(position: 30, etaSeconds: 3))
        }
    }

    /// Processes that know the room as of different instants, a store as the port promises it, and buyers who enter and
    /// ask anywhere, while the room is stopped and opened again.
    @Test(arguments: UInt64(1)...20)
    func `who was told once that it is the turn is told so for good`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var store = Self.room(rate: 20, burst: 10)
        store.settings.admissionSeconds = 86_400
        var views = Array(repeating: store, count: 4)
        var clocks = Array(repeating: RoomClock(), count: 4)
        var (now, told, refused): (Timestamp, Set<Int64>, Int) = (Sample.now, [], 0)
        for _ in 0..<3_000 {
            now = now + .milliseconds(.random(in: 1...60, using: &generator))
            let process = Int.random(in: 0..<4, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0...1:
                store.issued += .random(in: 0...1, using: &generator)
            case 2...5:
                // Read, change, and write if nobody else has: in between others act.
                var next = store
                if next.advance(to: now, by: &clocks[process]) {
                    if Int.random(in: 0..<8, using: &generator) == 0 {
                        next.supply = [.free, .free, .held, .soldOut].randomElement(using: &generator) ?? .free
                    }
                    store.issued += .random(in: 0...1, using: &generator)
                    (next.issued, next.issuedAtWrite, next.version) = (store.issued, store.issued, store.version + 1)
                    store = next
                    clocks[process].wrote(store, at: now)
                }
            case 6 where Int.random(in: 0..<20, using: &generator) == 0:
                var next = store
                if next.phase == .open { next.close() } else { next.open(at: now) }
                next.issuedAtWrite = store.issued
                store = next
            case 7...8:
                views[process] = store
            default:
                guard store.issued > 0 else { continue }
                let number = Int64.random(in: max(0, store.issued - 30)..<store.issued, using: &generator)
                let place = RoomPlace(epoch: 1, number: number)
                // A waiting buyer is only refused by the store itself.
                for view in [views[process], store] where view.knows(place) {
                    if case .admitted = view.standing(of: place, at: now) { told.insert(number) }
                }
                if case .waiting = store.standing(of: place, at: now) {
                    refused += 1
                    #expect(!told.contains(number), "seed \(seed): \(number)")
                }
            }
        }
        #expect(told.count >= 10 && refused > 50, "seed \(seed): \(told.count) told, \(refused) refused")
    }

    @Test func `a throttle slows the room down, and the expected time follows`() {
        var room = Self.room(rate: 100, burst: 50, serving: 0, issued: 100_000)
        room.throttle = 0.1
        var process = Process()
        process.run(&room, seconds: 1)
        let before = room.serving
        process.run(&room, seconds: 10)
        #expect((98...101).contains(room.serving - before))
        room.credit = 0
        #expect(standing(room, room.serving + 999) == .waiting(position: 1_000, etaSeconds: 100))
        room.throttle = 0
        #expect(standing(room, room.serving) == .waiting(position: 1, etaSeconds: 604_800))
    }

    @Test func `an admission ends, and not before it was promised to`() {
        var room = Self.room(issued: 3)
        var process = Process()
        process.run(&room, seconds: 2)
        #expect(room.admitted == 3)
        let promised = Sample.now + .seconds(300)
        #expect(standing(room, 2, at: promised) != .expired)
        #expect(standing(room, 2, at: promised + .seconds(1)) == .admitted(leftSeconds: 9))
        #expect(standing(room, 2, at: promised + .seconds(12)) == .expired)
        // Still so long after.
        process.run(&room, seconds: 3_000, step: .seconds(1))
        #expect(standing(room, 2, at: process.now) == .expired)
        #expect(standing(room, 3, at: process.now) == .admitted(leftSeconds: 300))
        #expect(room.standing(of: RoomPlace(epoch: 2, number: 2), at: process.now) == .unknownEpoch)
    }

    @Test func `the history of a room is bounded`() {
        var room = Self.room(rate: 100, burst: 50, issued: 10_000_000)
        room.settings.admissionSeconds = 86_400
        var process = Process()
        for admission in [86_400, 10, 3_600, 86_400] as [Int64] {
            room.settings.admissionSeconds = admission
            process.run(&room, seconds: 100_000, step: .seconds(7))
            #expect(room.checkpoints.count <= 64)
            #expect(zip(room.checkpoints, room.checkpoints.dropFirst()).allSatisfy { $0.at < $1.at })
        }
    }

    @Test func `a lottery orders those who came before the doors opened, and late comers follow`() throws {
        var room = Self.room(phase: .scheduled, opensAt: Sample.now + .seconds(5), issued: 50)
        room.lottery = RoomState.Lottery(seed: Sample.key)
        #expect(standing(room, 49) == .waiting(position: 50, etaSeconds: 10))
        var process = Process()
        process.run(&room, seconds: 6)
        #expect(room.lottery?.entrants == 50)
        room.issued = 60
        let positions = (Int64(0)..<60).map { room.position(of: RoomPlace(epoch: 1, number: $0)) }
        #expect(positions.prefix(50).sorted() == Array(0..<50))
        #expect(Array(positions.prefix(50)) != Array(0..<50))
        #expect(Array(positions.suffix(10)) == Array(50..<60))
        let first = try #require(positions.firstIndex(of: 0))
        #expect(standing(room, Int64(first), at: process.now) != .waiting(position: 1, etaSeconds: 1))
        // Drawn once: opening again changes nothing.
        room.close()
        room.open(at: process.now)
        #expect(room.lottery?.entrants == 50)
    }

    @Test func `another process takes over within a second, and time is counted once`() {
        var room = Self.room(rate: 100, burst: 50, serving: 0, issued: 100_000)
        var one = Process()
        one.run(&room, seconds: 5)
        let before = room.serving
        // Five seconds behind, and new to the room.
        var other = Process(now: one.now + .seconds(-5))
        other.run(&room, seconds: 10)
        #expect((900...1_000).contains(room.serving - before))
    }

    @Test func `a clock that steps back is only measured from there on`() {
        var room = Self.room(rate: 10, burst: 5, serving: 0, issued: 1_000)
        var process = Process()
        process.run(&room, seconds: 5)
        let (serving, ticks) = (room.serving, room.ticks)
        process.now = process.now + .seconds(-3_600)
        process.run(&room, seconds: 0.4)
        #expect(room.serving == serving && room.ticks == ticks)
        process.run(&room, seconds: 10)
        #expect((100...104).contains(room.serving - serving))
    }

    @Test(
        arguments: [
            (RoomSettings(ratePerSecond: 10, burst: 5, admissionSeconds: 300), nil),
            (.init(ratePerSecond: 0, burst: 5, admissionSeconds: 300), "rate"),
            (.init(ratePerSecond: .nan, burst: 5, admissionSeconds: 300), "rate"),
            (.init(ratePerSecond: .infinity, burst: 5, admissionSeconds: 300), "rate"),
            (.init(ratePerSecond: 10, burst: 4, admissionSeconds: 300), "burst"),
            (.init(ratePerSecond: 0.1, burst: 0, admissionSeconds: 300), "burst"),
            (.init(ratePerSecond: 10, burst: 5, admissionSeconds: 9), "admission"),
            (.init(ratePerSecond: 10, burst: 5, admissionSeconds: 300, capacity: 0), "capacity"),
            (.init(ratePerSecond: 10, burst: 5, admissionSeconds: 300, capacity: 1, noShowSeconds: 301), "no-show"),
        ] as [(RoomSettings, String?)])
    func `settings that cannot be run by are refused by name`(settings: RoomSettings, setting: String?) {
        do {
            try settings.validate()
            #expect(setting == nil)
        } catch {
            #expect(error.setting == setting)
        }
    }
}
