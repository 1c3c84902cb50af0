import TestSupport
import Testing

@testable import Ticketing

/// Invariant I10: the admissions of any span are at most rate x span + burst. Several processes with clocks of their own
/// tick one room through a store that replaces by version; time stops, leaps and goes back for some of them, and buyers
/// come in floods and trickles.
@Suite struct RoomAdmissionBoundTests {
    private struct Process {
        var clock = RoomClock()
        /// Of its clock from the true time, in milliseconds.
        var skew: Int64
        var pausedUntil: Int64 = 0
        /// Read but not yet written: what it computed, and on which version.
        var pending: (state: RoomState, version: Int64, writeAt: Int64)?
    }

    @Test(arguments: UInt64(1)...16)
    func `admissions of any span are bounded, whatever the clocks do`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let rate = Double.random(in: 0.2...200, using: &generator)
        let burst = max(1, Int64(rate / 2) + Int64.random(in: 0...100, using: &generator))
        var room = RoomAdmissionTests.room(rate: rate, burst: burst)
        let skews: [Int64] = [0, 5_000, -5_000, .random(in: -5_000...5_000, using: &generator)]
        var processes = skews.prefix(Int.random(in: 1...4, using: &generator)).map { Process(skew: $0) }
        /// True milliseconds and how many were admitted by then.
        var admissions: [(at: Int64, count: Int64)] = [(0, 0)]

        func note(_ time: Int64) {
            let count = min(room.serving, room.issued)
            if let last = admissions.last, count > last.count { admissions.append((time, count)) }
        }

        var arrivalsPerSecond = 0.0
        var due = 0.0
        for time in stride(from: Int64(0), to: 60_000, by: 10) {
            if time % 10_000 == 0 {
                arrivalsPerSecond = [0, rate / 3, rate, rate * 5].randomElement(using: &generator) ?? 0
                if Bool.random(using: &generator) { due += Double(burst) * 2 }
            }
            due += arrivalsPerSecond / 100
            let arrived = due.rounded(.down)
            room.issued += Int64(arrived)
            due -= arrived
            note(time)
            for index in processes.indices where time >= processes[index].pausedUntil {
                let local = Timestamp(milliseconds: Sample.now.milliseconds + time + processes[index].skew)
                if let pending = processes[index].pending {
                    guard time >= pending.writeAt else { continue }
                    processes[index].pending = nil
                    guard pending.version == room.version else { continue }
                    var next = pending.state
                    next.issued = room.issued
                    next.version += 1
                    #expect(next.serving >= room.serving && next.admitted >= room.admitted)
                    room = next
                    processes[index].clock.wrote(room, at: local)
                    note(time)
                } else if Int.random(in: 0..<8, using: &generator) == 0 {
                    var next = room
                    guard next.advance(to: local, by: &processes[index].clock) else { continue }
                    let latency = Int64.random(in: 0...30, using: &generator)
                    processes[index].pending = (next, room.version, time + latency)
                }
                switch Int.random(in: 0..<3_000, using: &generator) {
                case 0: processes[index].pausedUntil = time + .random(in: 100...30_000, using: &generator)
                case 1: processes[index].skew -= .random(in: 1...7_200_000, using: &generator)
                default: break
                }
            }
        }

        #expect(admissions.count > 10 || room.issued < 20, "seed \(seed): nobody was admitted")
        for (index, start) in admissions.enumerated().dropFirst() {
            // Of the span from just before one admission to another.
            let before = admissions[index - 1].count
            for end in admissions[index...] {
                let bound = rate * Double(end.at - start.at) / 1_000 + Double(burst)
                if Double(end.count - before) > bound + 1e-6 {
                    Issue.record(
                        "seed \(seed): \(end.count - before) in \(end.at - start.at) ms; rate \(rate), burst \(burst)")
                    return
                }
            }
        }
    }
}
