/// A catalogue with its seats found by id.
///
/// Its ids are ASCII, and other texts are no ids of it: to a dictionary the Kelvin sign is the letter K, to a store it is
/// not.
public struct CatalogueIndex: Sendable {
    public let catalogue: EventCatalogue
    private let places: [String: Place]
    private let sectionIndices: [String: Int]

    private struct Place {
        var section: Int
        var seat: Int
    }

    public init(_ catalogue: EventCatalogue) {
        self.catalogue = catalogue
        var places: [String: Place] = [:]
        places.reserveCapacity(catalogue.seatCount)
        for (section, seats) in catalogue.sections.enumerated() {
            for seat in seats.seats.indices { places[seats.seats[seat].id] = Place(section: section, seat: seat) }
        }
        self.places = places
        sectionIndices = Dictionary(uniqueKeysWithValues: catalogue.sections.enumerated().map { ($1.id, $0) })
    }

    public var event: EventCatalogue.Event { catalogue.event }

    public func section(_ id: String) -> EventCatalogue.Section? {
        id.isASCII ? sectionIndices[id].map { catalogue.sections[$0] } : nil
    }

    public func seat(_ id: String) -> EventCatalogue.Seat? {
        place(id).map { catalogue.sections[$0.section].seats[$0.seat] }
    }

    /// The seat's name in the stores; nil for a seat that is not of this event.
    public func key(_ seatID: String) -> SeatKey? {
        place(seatID).map {
            SeatKey(eventID: event.id, sectionID: catalogue.sections[$0.section].id, seatID: seatID)
        }
    }

    private func place(_ seatID: String) -> Place? { seatID.isASCII ? places[seatID] : nil }
}
