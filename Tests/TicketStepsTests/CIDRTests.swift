import TestSupport
import Testing

@testable import TicketSteps

@Suite struct CIDRTests {
    @Test(arguments: [
        "", "10.0.0.0", "10.0.0/16", "10.0.0.0.0/16", "10.0.0.256/16", "10.0.0.0/33", "10.0.0.0/-1", "010.0.0.0/16",
        "10.0.0.0/ 16", "10.0.0.0/016", "10.0.0.1/16", "10.0.0.0/16/16", "a.b.c.d/16", "+1.0.0.0/8", "10.0.0.0/",
        "::/0",
    ])
    func whatIsNoBlockIsRefused(text: String) {
        #expect(CIDR(text) == nil)
    }

    @Test(arguments: ["0.0.0.0/0", "10.11.0.0/16", "192.0.2.255/32", "255.255.255.254/31"])
    func aBlockReadsAsItIsWritten(text: String) {
        #expect(CIDR(text)?.description == text)
    }

    @Test func blocksContainAndOverlap() throws {
        let all = try #require(CIDR("0.0.0.0/0"))
        let large = try #require(CIDR("10.11.0.0/16"))
        let small = try #require(CIDR("10.11.240.0/20"))
        let next = try #require(CIDR("10.12.0.0/16"))
        #expect(all.contains(large) && large.contains(small) && large.contains(large) && !small.contains(large))
        #expect(large.overlaps(small) && small.overlaps(large) && !large.overlaps(next) && !next.overlaps(large))
    }

    @Test func aBlockIsCutFromItsStart() throws {
        let block = try #require(CIDR("10.11.0.0/16"))
        #expect(
            block.subdivided(into: 3, prefixLength: 20)?.map(\.description) == [
                "10.11.0.0/20", "10.11.16.0/20", "10.11.32.0/20",
            ])
        #expect(block.subdivided(into: 16, prefixLength: 20)?.last?.description == "10.11.240.0/20")
        #expect(block.subdivided(into: 17, prefixLength: 20) == nil)
        #expect(block.subdivided(into: 1, prefixLength: 15) == nil)
        #expect(block.subdivided(into: 1, prefixLength: 33) == nil)
        #expect(
            try #require(CIDR("0.0.0.0/0")).subdivided(into: 2, prefixLength: 1)?.last?.description == "128.0.0.0/1")
    }

    /// Random blocks: parts lie in the whole, fill it without gaps and do not overlap.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5]) func partsFillTheWhole(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let length = Int.random(in: 0...26, using: &random)
            let address = UInt32.random(in: .min ... .max, using: &random)
            let octets = [24, 16, 8, 0].map { shift in
                String((length == 0 ? 0 : address & (~0 << UInt32(32 - length))) >> UInt32(shift) & 255)
            }
            let whole = try #require(CIDR("\(octets.joined(separator: "."))/\(length)"))
            let deeper = Int.random(in: 0...6, using: &random)
            let parts = try #require(whole.subdivided(into: 1 << deeper, prefixLength: length + deeper))
            #expect(parts.allSatisfy(whole.contains))
            #expect(zip(parts, parts.dropFirst()).allSatisfy { !$0.overlaps($1) })
            #expect(Set(parts).count == 1 << deeper)
        }
    }
}
