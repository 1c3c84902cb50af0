import Testing

@testable import RedisClient

struct SlotMapTests {
    private func node(_ host: String?, _ port: Int64) -> RedisValue {
        .array([host.map { .string(Array($0.utf8)) } ?? .null, .integer(port), .string(Array("id".utf8))])
    }

    @Test("ranges give owners, the rest of a range are replicas, and a hole is nobody's")
    func ranges() throws {
        let answer = RedisValue.array([
            .array([.integer(0), .integer(99), node("10.0.0.1", 1), node("10.0.0.2", 2)]),
            .array([.integer(200), .integer(16_383), node("10.0.0.3", 3)]),
        ])
        var map = try #require(SlotMap(answer, askedHost: "seed"))
        #expect(map[99] == NodeAddress(host: "10.0.0.1", port: 1))
        #expect(map[100] == nil)
        #expect(map[16_383] == NodeAddress(host: "10.0.0.3", port: 3))
        #expect(map.replicas == [NodeAddress(host: "10.0.0.2", port: 2)])
        #expect(map.primaries == [NodeAddress(host: "10.0.0.1", port: 1), NodeAddress(host: "10.0.0.3", port: 3)])
        #expect(!map.isComplete)
        for slot in 100..<200 { map.move(slot: slot, to: NodeAddress(host: "10.0.0.2", port: 2)) }
        #expect(map.isComplete)
        #expect(map.primaries.count == 3)
    }

    @Test("a node without a name of its own is the one that was asked", arguments: [nil, "", "?"])
    func unnamed(host: String?) throws {
        let map = try #require(
            SlotMap(.array([.array([.integer(0), .integer(1), node(host, 7)])]), askedHost: "seed"))
        #expect(map[1] == NodeAddress(host: "seed", port: 7))
    }

    @Test("what is not a table of slots is refused")
    func malformed() {
        let good = node("h", 1)
        let answers: [RedisValue] = [
            .null, .error("ERR This instance has cluster support disabled"), .array([.integer(1)]),
            .array([.array([.integer(0), .integer(1)])]),
            .array([.array([.integer(-1), .integer(1), good])]),
            .array([.array([.integer(2), .integer(1), good])]),
            .array([.array([.integer(0), .integer(16_384), good])]),
            .array([.array([.integer(0), .integer(Int64.max), good])]),
            .array([.array([.integer(0), .integer(1), node("h", 0)])]),
            .array([.array([.integer(0), .integer(1), node("h", 70_000)])]),
            .array([.array([.integer(0), .integer(1), good, .integer(3)])]),
        ]
        for answer in answers { #expect(SlotMap(answer, askedHost: "seed") == nil, "\(answer)") }
    }
}
