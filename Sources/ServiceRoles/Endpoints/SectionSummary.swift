internal import HTTPServer
internal import Ticketing

/// `GET /public/summary/{event}/{section}`: how many seats of a section are free. The busiest call there is.
struct SectionSummary {
    let context: RoleContext

    private struct Answer: Encodable {
        var event: String
        var section: String
        var seatsAvailable: Int
        var updatedAt: String
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> CachedAnswer {
        let (eventID, sectionID) = (request.parameter("event"), request.parameter("section"))
        try checkID(eventID, "event")
        try checkID(sectionID, "section")
        let index = try await context.catalogues.index(eventID)
        guard index.section(sectionID) != nil else { throw APIError.sectionNotFound(sectionID) }
        let read = try await context.reads.section(eventID: eventID, sectionID: sectionID, of: index)
        return CachedAnswer(
            body: jsonText(
                Answer(
                    event: eventID, section: sectionID, seatsAvailable: read.states.available,
                    updatedAt: read.states.readAt.iso8601)),
            readAt: read.states.readAt, origin: read.origin)
    }
}
