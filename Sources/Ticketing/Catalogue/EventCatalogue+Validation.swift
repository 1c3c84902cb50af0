extension EventCatalogue {
    /// Bounds that keep one seed within one transaction and every sum within 64 bits.
    private static let mostSeats = 200_000
    private static let highestPrice: Int64 = 1_000_000_000_000

    func validate() throws(CatalogueError) {
        try check(event.id, "event")
        try check(name: event.name, "event")
        guard event.currency.utf8.count == 3, event.currency.utf8.allSatisfy({ (65...90).contains($0) }) else {
            throw CatalogueError(place: "event", reason: "currency is not three upper-case letters (ISO 4217)")
        }
        guard (1...100).contains(event.purchaseLimit) else {
            throw CatalogueError(place: "event", reason: "purchaseLimit is not within 1 to 100")
        }
        guard event.salesOpenAt < event.startsAt else {
            throw CatalogueError(place: "event", reason: "salesOpenAt is not before startsAt")
        }
        guard (1...Self.mostSeats).contains(seatCount) else {
            throw CatalogueError(place: "event", reason: "it has \(seatCount) seats, not 1 to \(Self.mostSeats)")
        }
        var sectionIDs: Set<String> = []
        var seatIDs: Set<String> = []
        for section in sections {
            let place = "section \(section.id)"
            try check(section.id, place)
            try check(name: section.name, place)
            guard sectionIDs.insert(section.id).inserted else {
                throw CatalogueError(place: place, reason: "its id is used twice")
            }
            try check(section, seatIDs: &seatIDs)
        }
    }

    private func check(_ section: Section, seatIDs: inout Set<String>) throws(CatalogueError) {
        var places: Set<[Int]> = []
        for seat in section.seats {
            let place = "section \(section.id), seat \(seat.id)"
            try check(seat.id, place)
            guard seatIDs.insert(seat.id).inserted else {
                throw CatalogueError(place: place, reason: "its id is used twice in the event")
            }
            guard (1...10_000).contains(seat.row), (1...10_000).contains(seat.number) else {
                throw CatalogueError(place: place, reason: "row or number is not within 1 to 10000")
            }
            guard places.insert([seat.row, seat.number]).inserted else {
                throw CatalogueError(place: place, reason: "its row and number are another seat's")
            }
            guard (0...Self.highestPrice).contains(seat.priceMinor) else {
                throw CatalogueError(place: place, reason: "priceMinor is not within 0 to \(Self.highestPrice)")
            }
        }
    }

    private func check(_ id: String, _ place: String) throws(CatalogueError) {
        let isAllowed = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard (1...128).contains(id.utf8.count), isAllowed else {
            throw CatalogueError(place: place, reason: "an id is 1 to 128 of A-Z a-z 0-9 . _ -")
        }
    }

    private func check(name: String, _ place: String) throws(CatalogueError) {
        guard (1...200).contains(name.count), !name.unicodeScalars.contains(where: { $0.value < 32 }) else {
            throw CatalogueError(place: place, reason: "a name is 1 to 200 characters without control characters")
        }
    }
}
