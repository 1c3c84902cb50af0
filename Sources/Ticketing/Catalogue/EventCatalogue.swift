public import struct Foundation.Date

/// One event and everything of it that can be bought, as the seed of the stores.
///
/// Decoded values are as strict as constructed ones: `init(from:)` validates.
public struct EventCatalogue: Sendable, Equatable {
    public let event: Event
    /// In the order shown to buyers.
    public let sections: [Section]

    public struct Event: Sendable, Codable, Equatable {
        /// 1-128 of `A-Z a-z 0-9 . _ -`, as every id here: ids are parts of keys and paths.
        public var id: String
        public var name: String
        /// ISO 4217, upper case. One event has one currency.
        public var currency: String
        /// When holds begin to be given.
        public var salesOpenAt: Date
        public var startsAt: Date
        /// The most seats one user may hold and buy, 1 to 100.
        public var purchaseLimit: Int

        public init(
            id: String, name: String, currency: String, salesOpenAt: Date, startsAt: Date, purchaseLimit: Int
        ) {
            self.id = id
            self.name = name
            self.currency = currency
            self.salesOpenAt = salesOpenAt
            self.startsAt = startsAt
            self.purchaseLimit = purchaseLimit
        }
    }

    public struct Section: Sendable, Codable, Equatable {
        public var id: String
        public var name: String
        public var seats: [Seat]

        public init(id: String, name: String, seats: [Seat]) {
            self.id = id
            self.name = name
            self.seats = seats
        }
    }

    public struct Seat: Sendable, Codable, Equatable {
        /// Unique within the event.
        public var id: String
        /// From 1, the one nearest to the stage.
        public var row: Int
        /// Place within the row, from 1.
        public var number: Int
        /// In the currency's minor unit (yen, cents).
        public var priceMinor: Int64

        public init(id: String, row: Int, number: Int, priceMinor: Int64) {
            self.id = id
            self.row = row
            self.number = number
            self.priceMinor = priceMinor
        }
    }

    /// - Throws: `CatalogueError`, which names the first thing that is wrong.
    public init(event: Event, sections: [Section]) throws(CatalogueError) {
        self.event = event
        self.sections = sections
        try validate()
    }

    public var seatCount: Int { sections.reduce(0) { $0 + $1.seats.count } }
}

extension EventCatalogue: Codable {
    private enum CodingKeys: String, CodingKey {
        case event, sections
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            event: values.decode(Event.self, forKey: .event), sections: values.decode([Section].self, forKey: .sections)
        )
    }
}
