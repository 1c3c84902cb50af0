internal import HTTPServer
internal import Ticketing

/// `GET /public/room-status`: whether it is this buyer's turn. Costs no call: the token carries the place, and the room is
/// known to the process.
struct RoomStatus {
    let context: RoleContext

    private struct Answer: Encodable {
        var ready: Bool
        var leftSec: Int64
        var position: Int64
        var etaSec: Int64
    }

    /// The answer, if this process knows it.
    /// - Throws: `APIError`.
    func immediate(_ request: HTTPRequest) throws -> HTTPResponse? {
        let token = try token(of: request)
        guard let known = context.rooms.known(token.eventID), let room = known.state(of: token.place) else {
            return nil
        }
        let needsCall =
            room.settings.capacity != nil && !context.rooms.showUps.isKnown(token.eventID, token.place)
        guard !needsCall else { return nil }
        return try known.standing(of: token.place, at: context.now(), hasShownUp: true).map(answer)
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        try answer(try await context.standing(of: try token(of: request)))
    }

    private func token(of request: HTTPRequest) throws -> RoomToken {
        guard let text = request.query("token") else { throw APIError.badRequest("token: it is missing") }
        return try context.verified(text)
    }

    private func answer(_ standing: RoomStanding) throws -> HTTPResponse {
        switch standing {
        case .waiting(let position, let eta):
            return .json(
                status: 200, headers: noStore,
                Answer(ready: false, leftSec: eta, position: position, etaSec: eta))
        case .admitted(let left):
            return .json(status: 200, headers: noStore, Answer(ready: true, leftSec: left, position: 0, etaSec: 0))
        case .expired, .unknownEpoch:
            throw APIError.roomExpired
        }
    }
}
