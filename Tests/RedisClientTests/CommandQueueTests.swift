import NIOCore
import TestSupport
import Testing

@testable import RedisClient

struct CommandQueueTests {
    private func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    @Test("an expired command keeps its place, so the next answer is still the next command's")
    func expiredKeepsItsPlace() {
        var queue = CommandQueue<String>(limit: 10)
        queue.append("late", deadline: at(100), now: at(0))
        queue.append("next", deadline: at(200), now: at(50))
        #expect(queue.expire(now: at(99)).isEmpty)
        #expect(queue.expire(now: at(100)) == ["late"])
        #expect(queue.expire(now: at(100)).isEmpty)
        guard case .unwanted = queue.answer() else { Issue.record("the late answer"); return }
        guard case .element("next") = queue.answer() else { Issue.record("the next answer"); return }
        guard case .unexpected = queue.answer() else { Issue.record("an answer to nothing"); return }
    }

    @Test("a redirected command expires at its own earlier deadline")
    func deadlinesOutOfOrder() {
        var queue = CommandQueue<String>(limit: 10)
        queue.append("fresh", deadline: at(200), now: at(0))
        queue.append("redirected", deadline: at(50), now: at(0))
        #expect(queue.nextEvent(stallLimit: .seconds(1)) == at(50))
        #expect(queue.expire(now: at(60)) == ["redirected"])
        #expect(queue.nextEvent(stallLimit: .seconds(1)) == at(200))
        #expect(queue.drain() == ["fresh"])
        #expect(queue.nextEvent(stallLimit: .seconds(1)) == nil)
    }

    @Test("a stall counts from the oldest command that has no answer, its caller gone or not")
    func stall() {
        var queue = CommandQueue<String>(limit: 10)
        #expect(!queue.isStalled(now: at(9_999), limit: .milliseconds(500)))
        queue.append("old", deadline: at(100), now: at(0))
        queue.append("young", deadline: at(400), now: at(300))
        _ = queue.expire(now: at(100))
        #expect(!queue.isStalled(now: at(499), limit: .milliseconds(500)))
        #expect(queue.isStalled(now: at(500), limit: .milliseconds(500)))
        _ = queue.answer()
        #expect(!queue.isStalled(now: at(500), limit: .milliseconds(500)))
    }

    @Test("commands whose callers are gone still take room")
    func room() {
        var queue = CommandQueue<Int>(limit: 2)
        queue.append(1, deadline: at(1), now: at(0))
        #expect(queue.hasRoom(for: 1))
        #expect(!queue.hasRoom(for: 2))
        queue.append(nil, deadline: at(1), now: at(0))
        _ = queue.expire(now: at(1))
        #expect(!queue.hasRoom(for: 1))
        _ = queue.answer()
        #expect(queue.hasRoom(for: 1))
    }

    @Test(
        "whatever happens, each command is handed out once and answers match", arguments: 1...20 as ClosedRange<UInt64>)
    func anyHistory(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = CommandQueue<Int>(limit: 50)
        var written: [Int] = []
        var answered = 0
        var handedOut: Set<Int> = []
        var expired: Set<Int> = []
        var now: Int64 = 0
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...3, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0...1 where queue.hasRoom(for: 1):
                queue.append(
                    written.count, deadline: at(now + .random(in: 1...60, using: &generator)), now: at(now))
                written.append(written.count)
            case 2:
                for element in queue.expire(now: at(now)) {
                    #expect(handedOut.insert(element).inserted, "seed \(seed)")
                    expired.insert(element)
                }
            default:
                switch queue.answer() {
                case .element(let element):
                    #expect(element == answered, "seed \(seed)")
                    #expect(handedOut.insert(element).inserted, "seed \(seed)")
                    answered += 1
                case .unwanted:
                    #expect(expired.contains(answered), "seed \(seed)")
                    answered += 1
                case .unexpected: #expect(answered == written.count, "seed \(seed)")
                }
            }
        }
        for element in queue.drain() { #expect(handedOut.insert(element).inserted, "seed \(seed)") }
        #expect(handedOut == Set(written), "seed \(seed)")
    }
}
