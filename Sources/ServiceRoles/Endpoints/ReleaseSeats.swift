internal import HTTPServer
internal import Ticketing

/// `POST /public/release`: gives a buyer's held seats back. Never another's.
///
/// A buyer whose admission has ended may still release: the token only has to be the buyer's.
struct ReleaseSeats {
    let context: RoleContext

    private struct Answer: Encodable {
        var released: Bool
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = try decodeBody(SeatRequest.self, of: request)
        guard let token = try context.roomToken(request), token.eventID.isSameText(as: body.eventID) else {
            throw APIError.roomTokenInvalid
        }
        try context.throttle.admit(token.userID, at: context.now())
        let seats = try await context.catalogues.index(body.eventID).keys(body.seatIDs)
        let released = try await context.backends.holds.release(seats, userID: token.userID, now: context.now())
        return .json(status: 200, headers: noStore, Answer(released: released))
    }
}
