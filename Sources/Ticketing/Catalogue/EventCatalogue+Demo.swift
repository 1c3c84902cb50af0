internal import struct Foundation.Date

extension EventCatalogue {
    /// `event-0001`: sections A to D of 10 rows of 25 seats; rows count on over the sections, so that A is
    /// R1C1 ... R10C25 and D ends with R40C25. Its sale is open.
    public static let demo: EventCatalogue = {
        let prices: KeyValuePairs<String, Int64> = ["A": 15_000, "B": 12_000, "C": 9_000, "D": 6_000]
        let sections = prices.enumerated().map { index, entry in
            Section(
                id: entry.key, name: "Section \(entry.key)",
                seats: (1...10).flatMap { row in
                    (1...25).map { number in
                        let row = index * 10 + row
                        return Seat(id: "R\(row)C\(number)", row: row, number: number, priceMinor: entry.value)
                    }
                })
        }
        let event = Event(
            id: "event-0001", name: "Opening night", currency: "JPY",
            salesOpenAt: Date(timeIntervalSince1970: 1_735_689_600),  // 2025-01-01T00:00:00Z
            startsAt: Date(timeIntervalSince1970: 2_051_258_400),  // 2035-01-01T10:00:00Z
            purchaseLimit: 10)
        do {
            return try EventCatalogue(event: event, sections: sections)
        } catch {
            preconditionFailure("\(error)")
        }
    }()
}
