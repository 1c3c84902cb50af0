import OpenSSLCrypto
import TestSupport
import Testing

@testable import Ticketing

@Suite struct LotteryDrawTests {
    private func draw(_ seed: [UInt8], _ entrants: Int64) throws -> LotteryDraw {
        try #require(LotteryDraw(seed: hexadecimal(seed), entrants: entrants))
    }

    @Test func `every number of entrants is put into an order without a gap or a double`() throws {
        for entrants in Int64(0)...400 {
            let draw = try draw(Sample.key, entrants)
            let order = Array(draw.order)
            #expect(order.sorted() == Array(0..<entrants))
            for (position, entrant) in order.enumerated() { #expect(draw.position(of: entrant) == Int64(position)) }
        }
    }

    @Test func `position and entrant are each other's inverse for large numbers`() throws {
        var generator = SeededGenerator(seed: 21)
        for _ in 0..<200 {
            let entrants = Int64.random(in: 401...LotteryDraw.mostEntrants, using: &generator)
            let draw = try draw(Sample.seed(&generator), entrants)
            for _ in 0..<20 {
                let entrant = Int64.random(in: 0..<entrants, using: &generator)
                let position = draw.position(of: entrant)
                #expect((0..<entrants).contains(position))
                #expect(draw.entrant(at: position) == entrant)
            }
        }
    }

    /// Upper 0.1 % points of the chi-square distribution, so that a fair draw passes for the fixed seed.
    @Test(arguments: [(3, 6, 20.5), (4, 24, 49.7), (5, 120, 174.0)])
    func `all orders of a few are equally likely`(entrants: Int64, orders: Int, bound: Double) throws {
        var generator = SeededGenerator(seed: 22)
        var counts: [[Int64]: Int] = [:]
        let expected = 60
        for _ in 0..<(orders * expected) {
            counts[Array(try draw(Sample.seed(&generator), entrants).order), default: 0] += 1
        }
        #expect(counts.count == orders)
        let deviation = counts.values.reduce(0.0) { $0 + Double(($1 - expected) * ($1 - expected)) / Double(expected) }
        #expect(deviation < bound, "chi-square with \(orders - 1) degrees of freedom")
    }

    @Test func `whoever enters, and whenever, has the same chance of every tenth of the order`() throws {
        var generator = SeededGenerator(seed: 23)
        let entrants: Int64 = 1_000
        var counts = [Int64: [Int]]()
        for _ in 0..<2_000 {
            let draw = try draw(Sample.seed(&generator), entrants)
            for entrant in [0, 1, 499, 998, 999] as [Int64] {
                counts[entrant, default: Array(repeating: 0, count: 10)][Int(draw.position(of: entrant) / 100)] += 1
            }
        }
        for (entrant, tenths) in counts {
            let deviation = tenths.reduce(0.0) { $0 + Double(($1 - 200) * ($1 - 200)) / 200 }
            #expect(deviation < 27.9, "entrant \(entrant): 9 degrees of freedom, 0.1 %: \(tenths)")
        }
    }

    @Test func `a draw is verified by its commitment`() throws {
        let seed = hexadecimal(Sample.key)
        let commitment = LotteryDraw.commitment(seed: Sample.key)
        #expect(commitment == SHA256.hex(Sample.key))
        let draw = try LotteryDraw.verify(commitment: commitment.uppercased(), seed: seed, entrants: 100)
        #expect(Array(draw.order) == Array(try self.draw(Sample.key, 100).order))
        #expect(throws: LotteryError.otherSeed) {
            try LotteryDraw.verify(
                commitment: commitment, seed: hexadecimal(Sample.key.reversed()), entrants: 100)
        }
        for (seed, entrants) in [("", 1), (seed + "00", 1), (seed, -1), (seed, LotteryDraw.mostEntrants + 1)]
            as [(String, Int64)]
        {
            #expect(throws: LotteryError.malformed) {
                try LotteryDraw.verify(commitment: commitment, seed: seed, entrants: entrants)
            }
        }
    }

    @Test func `the order is the one that was published`() throws {
        #expect(Array(try draw(Sample.key, 12).order) == [0, 4, 5, 9, 8, 11, 6, 3, 2, 7, 10, 1])
    }

    @Test func `the round function is SipHash-2-4`() {
        // Vector 8 of the reference implementation: key 00 ... 0f, message 00 ... 07.
        #expect(SipHash(key: Array(0..<16)).value(0x0706_0504_0302_0100) == 0x93f5_f579_9a93_2462)
    }
}
