internal import HTTPServer
internal import Metrics
internal import Ticketing

/// `POST /public/hold`: seats for one admitted buyer, all of them or none.
struct HoldSeats {
    let context: RoleContext
    private let outcomes = ["held", "taken", "limit"].reduce(into: [String: Counter]()) {
        $0[$1] = Counter(label: "holds_total", dimensions: [("outcome", $1)])
    }

    init(context: RoleContext) { self.context = context }

    private struct Answer: Encodable {
        var holdId: String
        var expiresAt: String
        var seatIds: [String]
    }

    private struct Conflict: Encodable {
        var error = "seat_already_held_or_sold"
        var message = "somebody was faster; nothing was held: choose other seats, for instance one of the alternatives"
        var seatIds: [String]
        var alternatives: [[String]]
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = try decodeBody(SeatRequest.self, of: request)
        let token = try await context.admitted(request, eventID: body.eventID)
        let now = context.now()
        try context.throttle.admit(token.userID, at: now)
        let index = try await context.catalogues.index(body.eventID)
        let seats = try index.keys(body.seatIDs)
        let outcome = try await context.backends.holds.hold(
            HoldRequest(
                holdID: context.random.identifier("hold"), userID: token.userID, seats: seats,
                expiresAt: now + context.settings.holdDuration, limit: index.event.purchaseLimit),
            now: now)
        switch outcome {
        case .held(let hold):
            outcomes["held"]?.increment()
            return .json(
                status: 200, headers: noStore,
                Answer(
                    holdId: hold.holdID, expiresAt: hold.expiresAt.iso8601, seatIds: hold.seats.map(\.seatID).sorted()))
        case .taken(let taken):
            outcomes["taken"]?.increment()
            return .json(
                status: 409, headers: noStore,
                Conflict(seatIds: taken, alternatives: await alternatives(to: body.seatIDs, in: index)))
        case .limitReached:
            outcomes["limit"]?.increment()
            throw APIError(
                422, "purchase_limit",
                "a buyer may have at most \(index.event.purchaseLimit) seats of this event; release some first")
        }
    }

    /// None when the states cannot be read: a suggestion is not worth a failure.
    private func alternatives(to wanted: [String], in index: CatalogueIndex) async -> [[String]] {
        guard let sectionID = wanted.first.flatMap({ index.key($0) })?.sectionID,
            let section = index.section(sectionID),
            let read = try? await context.reads.section(eventID: index.event.id, sectionID: sectionID, of: index)
        else { return [] }
        let free = Set(
            zip(section.seats, read.states.letters).filter { $0.1 == UInt8(ascii: "a") }.map(\.0.id)
        ).subtracting(wanted)
        return Alternatives.find(
            count: wanted.count, near: wanted, in: index, free: free, most: 5, random: context.random)
    }
}

/// Body of hold and release.
struct SeatRequest: Decodable {
    var eventID: String
    var seatIDs: [String]

    private enum CodingKeys: String, CodingKey {
        case eventID = "eventId"
        case seatID = "seatId"
        case seatIDs = "seatIds"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        eventID = try fields.id(.eventID)
        seatIDs = try fields.seatIDs(.seatIDs, or: .seatID)
    }
}

extension CatalogueIndex {
    /// The names of the seats in the stores, in the order given.
    /// - Throws: `APIError` `seat_not_found` naming all that are none.
    func keys(_ seatIDs: [String]) throws(APIError) -> [SeatKey] {
        let keys = seatIDs.compactMap { key($0) }
        guard keys.count == seatIDs.count else {
            throw APIError.seatNotFound(seatIDs.filter { key($0) == nil })
        }
        return keys
    }
}
