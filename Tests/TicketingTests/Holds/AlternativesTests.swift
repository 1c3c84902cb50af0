import TestSupport
import Testing
import Ticketing

@Suite struct AlternativesTests {
    private let index = CatalogueIndex(.demo)
    private let all = Set(EventCatalogue.demo.sections.flatMap(\.seats).map(\.id))

    private func find(
        _ count: Int, near wanted: [String], free: Set<String>, seed: UInt64 = 1
    ) -> [[String]] {
        Alternatives.find(count: count, near: wanted, in: index, free: free, random: Sample.random(seed))
    }

    private func rowsAndNumbers(_ set: [String]) -> [(row: Int, number: Int)] {
        set.compactMap { index.seat($0) }.map { ($0.row, $0.number) }.sorted { $0 < $1 }
    }

    @Test func `neighbours near by are offered first`() {
        let wanted = ["R5C10", "R5C11", "R5C12"]
        let sets = find(3, near: wanted, free: all.subtracting(wanted))
        #expect(sets.count == 5)
        for set in sets {
            let seats = rowsAndNumbers(set)
            #expect(Set(seats.map(\.row)).count == 1)
            #expect(zip(seats, seats.dropFirst()).allSatisfy { $1.number == $0.number + 1 })
            #expect(seats.allSatisfy { abs($0.row - 5) <= 6 && abs($0.number - 11) <= 12 })
        }
        #expect(Set(sets.joined()).count == 15, "no seat twice")
    }

    @Test func `where no neighbours are left, scattered seats of the section come before another section`() {
        // Every second seat of two rows: no neighbours.
        let free = Set((1...2).flatMap { row in stride(from: 1, through: 11, by: 2).map { "R\(row)C\($0)" } })
            .union(["R11C1", "R11C2", "R11C3"])
        let sets = find(3, near: ["R1C1"], free: free)
        #expect(sets.count == 5)
        #expect(sets.prefix(4).joined().allSatisfy { index.key($0)?.sectionID == "A" })
        #expect(sets.last == ["R11C1", "R11C2", "R11C3"])
    }

    @Test(arguments: UInt64(0)..<20) func `seats one behind the other are no neighbours`(seed: UInt64) {
        #expect(find(2, near: ["R1C1"], free: ["R1C1", "R2C2", "R2C3"], seed: seed) == [["R2C2", "R2C3"]])
    }

    @Test func `what is too few is not offered`() {
        #expect(find(2, near: ["R1C1"], free: ["R1C2"]).isEmpty)
        #expect(find(2, near: ["R1C1"], free: []).isEmpty)
        #expect(find(0, near: ["R1C1"], free: all).isEmpty)
        #expect(find(1, near: ["unknown"], free: all).isEmpty)
        #expect(find(1, near: ["R1C1"], free: ["unknown"]).isEmpty)
        #expect(find(1, near: ["R1C1"], free: ["R40C25"]) == [["R40C25"]])
    }

    @Test func `the same draw gives the same sets, other draws spread the crowd`() {
        let free = all.subtracting(["R5C10"])
        #expect(find(1, near: ["R5C10"], free: free, seed: 7) == find(1, near: ["R5C10"], free: free, seed: 7))
        var offers: [String: Int] = [:]
        for seed in UInt64(0)..<200 {
            for set in find(1, near: ["R5C10"], free: free, seed: seed) { offers[set[0], default: 0] += 1 }
        }
        #expect(offers.count >= 50)
        #expect(offers.values.allSatisfy { $0 < 60 }, "1,000 offers, the most frequent: \(offers.values.max() ?? 0)")
    }

    @Test(arguments: UInt64(1)...30)
    func `every set is free, of the asked-for size and disjoint from the others`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let share = Double.random(in: 0...1, using: &generator)
        let free = all.filter { _ in Double.random(in: 0...1, using: &generator) < share }
        let count = Int.random(in: 1...10, using: &generator)
        let wanted = Array(all.sorted().shuffled(using: &generator).prefix(count))
        let sets = find(count, near: wanted, free: free, seed: seed)
        #expect(sets.allSatisfy { $0.count == count && free.isSuperset(of: $0) && $0 == $0.sorted() })
        #expect(Set(sets.joined()).count == sets.count * count)
        let possible = EventCatalogue.demo.sections.reduce(0) { $0 + $1.seats.count { free.contains($0.id) } / count }
        #expect(sets.count <= 5 && (possible < 20 || sets.count == 5), "seed \(seed)")
    }

    @Test func `a large section offers near seats too`() throws {
        let seats = (1...200).flatMap { row in
            (1...200).map { EventCatalogue.Seat(id: "r\(row)n\($0)", row: row, number: $0, priceMinor: 1) }
        }
        let index = CatalogueIndex(
            try EventCatalogue(event: EventCatalogue.demo.event, sections: [.init(id: "S", name: "S", seats: seats)]))
        let sets = Alternatives.find(
            count: 4, near: ["r100n100"], in: index, free: Set(seats.map(\.id)), random: Sample.random(1))
        #expect(sets.count == 5)
        for seat in sets.joined().compactMap({ index.seat($0) }) {
            #expect(abs(seat.row - 100) <= 8 && abs(seat.number - 100) <= 16)
        }
    }
}
