import TestSupport
import Testing

@testable import Ticketing

@Suite struct RoomCapacityTests {
    private func boundedRoom(capacity: Int64, rate: Double = 20, issued: Int64 = 100_000) -> RoomState {
        RoomState(
            epoch: 1, issued: issued, updatedAt: Sample.now,
            settings: RoomSettings(
                ratePerSecond: rate, burst: 100, admissionSeconds: 300, capacity: capacity, noShowSeconds: 60),
            phase: .open)
    }

    @Test func `no more are let in than there is room for`() {
        var room = boundedRoom(capacity: 30)
        #expect(room.serving == 30)
        var clock = RoomClock()
        for second in 1...50 {
            let now = Sample.now + .seconds(second)
            if room.advance(to: now, by: &clock) { clock.wrote(room, at: now) }
        }
        #expect(room.serving == 30 && room.inside(at: Sample.now + .seconds(50)) == 30)
    }

    @Test func `who does not show up in time loses the admission, who does keeps it`() {
        var room = boundedRoom(capacity: 30)
        var clock = RoomClock()
        for second in 1...3 {
            let now = Sample.now + .seconds(second)
            if room.advance(to: now, by: &clock) { clock.wrote(room, at: now) }
        }
        let place = RoomPlace(epoch: 1, number: 3)
        let late = Sample.now + .seconds(75)
        #expect(room.standing(of: place, at: Sample.now + .seconds(59), hasShownUp: false) != .expired)
        #expect(room.standing(of: place, at: late, hasShownUp: false) == .expired)
        #expect(room.standing(of: place, at: late, hasShownUp: true) != .expired)
        var unbounded = room
        unbounded.settings.capacity = nil
        #expect(unbounded.standing(of: place, at: late, hasShownUp: false) != .expired)
    }

    @Test func `counts of places that no tick has noted are kept for the next time`() {
        var room = boundedRoom(capacity: 30, issued: 0)
        let places = [RoomPlace(epoch: 1, number: 0), RoomPlace(epoch: 9, number: 0)]
        var (arrivals, departures) = (places, places)
        room.issued = 1
        #expect(!room.count(arrivals: &arrivals, departures: &departures))
        #expect(arrivals == [places[0]] && departures == [places[0]])
        var clock = RoomClock()
        _ = room.advance(to: Sample.now, by: &clock)
        _ = room.advance(to: Sample.now + .seconds(1), by: &clock)
        #expect(room.inside(at: Sample.now) == 1)
        #expect(room.count(arrivals: &arrivals, departures: &departures))
        #expect(arrivals.isEmpty && departures.isEmpty)
        #expect(room.inside(at: Sample.now) == 0)
    }

    /// Buyers come or do not, leave early or stay, are counted late and sometimes twice; the truth is kept beside.
    @Test(arguments: UInt64(1)...6)
    func `the room is never over its capacity, and the places of no-shows are given to the next`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let capacity: Int64 = .random(in: 20...400, using: &generator)
        let comes = Double.random(in: 0.2...1, using: &generator)
        // A crowd from the start, or one that trickles in a little faster than it is let out.
        let isCrowd = seed.isMultiple(of: 2)
        var room = boundedRoom(capacity: capacity, issued: isCrowd ? 100_000 : 0)
        var clock = RoomClock()
        struct Buyer {
            var place: RoomPlace
            var showsUpAt: Timestamp?
            var leavesAt: Timestamp
            var hasShownUp = false
        }
        var known: Int64 = 0
        var live: [Buyer] = []
        var arrivals: [RoomPlace] = []
        var departures: [RoomPlace] = []
        var mostInside = 0
        for second in 0..<1_800 {
            let now = Sample.now + .seconds(second)
            if !isCrowd { room.issued += Int64.random(in: 0...(capacity / 40), using: &generator) }
            if room.advance(to: now, by: &clock) { clock.wrote(room, at: now) }
            while known < min(room.serving, room.issued) {
                let isComing = Double.random(in: 0...1, using: &generator) < comes
                live.append(
                    Buyer(
                        place: RoomPlace(epoch: 1, number: known),
                        showsUpAt: isComing ? now + .seconds(.random(in: 0...80, using: &generator)) : nil,
                        leavesAt: now + .seconds(.random(in: 90...900, using: &generator))))
                known += 1
            }
            for index in live.indices.reversed() {
                let buyer = live[index]
                let standing = room.standing(of: buyer.place, at: now, hasShownUp: buyer.hasShownUp)
                if standing == .expired {
                    live.remove(at: index)
                } else if let at = buyer.showsUpAt, at <= now, !buyer.hasShownUp {
                    live[index].hasShownUp = true
                    arrivals.append(buyer.place)
                    if Int.random(in: 0..<20, using: &generator) == 0 { arrivals.append(buyer.place) }
                } else if now >= buyer.leavesAt {
                    if buyer.hasShownUp { departures.append(buyer.place) }
                    live.remove(at: index)
                }
            }
            mostInside = max(mostInside, live.count)
            if second % 5 == 0 { _ = room.count(arrivals: &arrivals, departures: &departures) }
        }
        #expect(mostInside <= capacity, "seed \(seed)")
        // Without reclaiming, five admissions of 310 seconds would have been all.
        #expect(Double(room.admitted) > Double(capacity) * 6.5, "seed \(seed): \(room.admitted) for \(capacity)")
    }
}
