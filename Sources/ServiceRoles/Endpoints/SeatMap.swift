internal import HTTPServer
internal import Ticketing

/// `GET /public/seats/{eventId}`: the seats of an event or of one section, 2,000 a page.
struct SeatMap {
    static let pageSize = 2_000

    let context: RoleContext

    private struct Answer: Encodable {
        struct SectionView: Encodable {
            var section: String
            var name: String
            var rows: Int
            var seats: [SeatView]
        }

        struct SeatView: Encodable {
            var seatId: String
            var row: Int
            var number: Int
            var status: String
            var price: Int64
        }

        var eventId: String
        var currency: String
        var sections: [SectionView] = []
        var cursor: String?
    }

    /// "section.seat": where the next page begins, by place in the catalogue.
    private struct Cursor {
        var section = 0
        var seat = 0

        var text: String { "\(section).\(seat)" }

        init() {}

        init(_ text: String) throws(APIError) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2,
                parts.allSatisfy({ (1...6).contains($0.utf8.count) && $0.utf8.allSatisfy { (48...57).contains($0) } }),
                let section = Int(parts[0]), let seat = Int(parts[1])
            else { throw APIError.badRequest("cursor: it is not one of this call's cursors; begin without") }
            self.section = section
            self.seat = seat
        }
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> CachedAnswer {
        let eventID = request.parameter("eventId")
        try checkID(eventID, "eventId")
        var cursor = try request.query("cursor").map { text throws(APIError) in try Cursor(text) } ?? Cursor()
        let index = try await context.catalogues.index(eventID)
        var sections = Array(index.catalogue.sections.enumerated())
        if let wanted = request.query("section") {
            try checkID(wanted, "section")
            sections = sections.filter { $0.element.id == wanted }
            guard !sections.isEmpty else { throw APIError.sectionNotFound(wanted) }
        }
        var answer = Answer(eventId: eventID, currency: index.event.currency)
        var (space, readAt, origin) = (Self.pageSize, context.now(), CachedReads.Origin.local)
        for (place, section) in sections where place >= cursor.section {
            let begin = place == cursor.section ? min(cursor.seat, section.seats.count) : 0
            guard space > 0 else {
                cursor = Cursor()
                cursor.section = place
                answer.cursor = cursor.text
                break
            }
            let read = try await context.reads.section(eventID: eventID, sectionID: section.id, of: index)
            let end = min(section.seats.count, begin + space)
            answer.sections.append(view(section, read.states, begin..<end))
            space -= end - begin
            readAt = min(readAt, read.states.readAt)
            if read.origin != .local { origin = origin == .store ? .store : read.origin }
            if end < section.seats.count {
                cursor.section = place
                cursor.seat = end
                answer.cursor = cursor.text
                break
            }
        }
        return CachedAnswer(body: jsonText(answer), readAt: readAt, origin: origin)
    }

    private func view(
        _ section: EventCatalogue.Section, _ states: SectionStates, _ range: Range<Int>
    ) -> Answer.SectionView {
        Answer.SectionView(
            section: section.id, name: section.name, rows: Set(section.seats.map(\.row)).count,
            seats: range.map { place in
                let seat = section.seats[place]
                // A catalogue that grew within the last seconds has seats without a state: nobody has them yet.
                let letter = place < states.letters.count ? states.letters[place] : UInt8(ascii: "a")
                return .init(
                    seatId: seat.id, row: seat.row, number: seat.number, status: SectionStates.status(letter),
                    price: seat.priceMinor)
            })
    }
}
