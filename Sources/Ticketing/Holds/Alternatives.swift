/// Free seats to offer instead of taken ones.
///
/// Sets of the wanted seats' section come before those of others, neighbours in a row before scattered seats, near ones
/// before far ones. Among the nearest the choice is drawn, so that a crowd that lost one seat does not rush to the next.
public enum Alternatives {
    /// So many of the nearest sets are drawn from.
    private static let poolSize = 60
    /// No more of a section's seats than this, the nearest ones, are looked at.
    private static let mostSeats = 500

    /// Sets of `count` free seats, none in two sets, each sorted.
    /// - Parameters:
    ///   - wanted: seats of the event, the first of which tells the section.
    ///   - free: ids of free seats, of any of the event's sections.
    ///   - most: how many sets at most.
    public static func find(
        count: Int, near wanted: [String], in index: CatalogueIndex, free: Set<String>, most: Int = 5,
        random: RandomSource
    ) -> [[String]] {
        guard count > 0, most > 0, let home = wanted.lazy.compactMap({ index.key($0)?.sectionID }).first else {
            return []
        }
        var seats: [String: [EventCatalogue.Seat]] = [:]
        for id in free {
            guard let key = index.key(id), let seat = index.seat(id) else { continue }
            seats[key.sectionID, default: []].append(seat)
        }
        let centre = Centre(of: wanted.compactMap { index.seat($0) })
        var draw = Draw(random)
        var found: [[String]] = []
        for section in [home] + index.catalogue.sections.map(\.id).filter({ $0 != home }) {
            // A set has no order; the drawn choice must not hang on one.
            var rest = nearest(seats[section] ?? [], centre).sorted { ($0.row, $0.number) < ($1.row, $1.number) }
            for candidates in [rows, scattered] where found.count < most && rest.count >= count {
                let sets = disjoint(
                    candidates(rest, count, centre), most: most - found.count, centre: centre, draw: &draw)
                let used = Set(sets.joined().map(\.id))
                rest.removeAll { used.contains($0.id) }
                found += sets.map { $0.map(\.id).sorted() }
            }
            if found.count == most { break }
        }
        return found
    }

    /// Many draws from one call of the random source.
    private struct Draw: RandomNumberGenerator {
        private let hash: SipHash
        private var count: UInt64 = 0

        init(_ random: RandomSource) { hash = SipHash(key: random.bytes(16)) }

        mutating func next() -> UInt64 {
            count += 1
            return hash.value(count)
        }
    }

    private typealias Seats = [EventCatalogue.Seat]

    /// The middle of the wanted seats.
    private struct Centre {
        var row = 0.0
        var number = 0.0

        init(of seats: Seats) {
            guard !seats.isEmpty else { return }
            row = Double(seats.reduce(0) { $0 + $1.row }) / Double(seats.count)
            number = Double(seats.reduce(0) { $0 + $1.number }) / Double(seats.count)
        }

        /// From the middle of the first and the last seat; a row away is about as far as two seats.
        func distance(to seats: Seats) -> Double {
            guard let first = seats.first, let last = seats.last else { return 0 }
            let (row, number) = (Double(first.row + last.row) / 2, Double(first.number + last.number) / 2)
            return 2 * abs(row - self.row) + abs(number - self.number)
        }
    }

    /// About `mostSeats` of the seats, so that a stadium costs no more than a hall.
    private static func nearest(_ seats: Seats, _ centre: Centre) -> Seats {
        guard seats.count > mostSeats else { return seats }
        var counts: [Int: Int] = [:]
        for seat in seats { counts[Int(centre.distance(to: [seat])), default: 0] += 1 }
        var kept = 0
        let bound = counts.keys.sorted().first { distance in
            kept += counts[distance] ?? 0
            return kept >= mostSeats
        }
        return seats.filter { Int(centre.distance(to: [$0])) <= bound ?? .max }
    }

    /// Every run of `count` neighbours. `seats`: by row and number.
    private static func rows(_ seats: Seats, count: Int, centre: Centre) -> [Seats] {
        seats.indices.dropLast(count - 1).compactMap { start in
            let (first, last) = (seats[start], seats[start + count - 1])
            guard first.row == last.row, last.number - first.number == count - 1 else { return nil }
            return Array(seats[start..<start + count])
        }
    }

    /// The seats in sets, the nearest ones together.
    private static func scattered(_ seats: Seats, count: Int, centre: Centre) -> [Seats] {
        let near = seats.map { (seat: $0, distance: centre.distance(to: [$0])) }
            .sorted { ($0.distance, $0.seat.row, $0.seat.number) < ($1.distance, $1.seat.row, $1.seat.number) }
        return stride(from: 0, through: near.count - count, by: count).map { start in
            near[start..<start + count].map(\.seat)
        }
    }

    /// Drawn from the nearest sets, and what is missing from the others; the nearest first.
    private static func disjoint(
        _ sets: [Seats], most: Int, centre: Centre, draw: inout Draw
    ) -> [Seats] {
        let near = sets.map { (seats: $0, distance: centre.distance(to: $0)) }
            .sorted {
                ($0.distance, $0.seats[0].row, $0.seats[0].number) < ($1.distance, $1.seats[0].row, $1.seats[0].number)
            }
        var used: Set<String> = []
        var chosen: [(seats: Seats, distance: Double)] = []
        for candidate in near.prefix(poolSize).shuffled(using: &draw) + near.dropFirst(poolSize) {
            guard chosen.count < most else { break }
            guard !candidate.seats.contains(where: { used.contains($0.id) }) else { continue }
            used.formUnion(candidate.seats.map(\.id))
            chosen.append(candidate)
        }
        return chosen.sorted { $0.distance < $1.distance }.map(\.seats)
    }
}
