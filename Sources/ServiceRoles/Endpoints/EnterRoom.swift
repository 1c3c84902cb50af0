internal import HTTPServer
internal import Ticketing

/// `POST /public/enter`: a place in the waiting room; the same user, the same place.
struct EnterRoom {
    let context: RoleContext

    private struct Body: Decodable {
        var userID: String
        var eventID: String

        enum CodingKeys: String, CodingKey {
            case userID = "userId"
            case eventID = "eventId"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            userID = try fields.id(.userID)
            eventID = try fields.id(.eventID)
        }
    }

    private struct Answer: Encodable {
        var roomToken: String
        var position: Int64
        var etaSec: Int64
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = try decodeBody(Body.self, of: request)
        try context.throttle.admit(body.userID, at: context.now())
        let index = try await context.catalogues.index(body.eventID)
        let place: RoomPlace
        let room: RoomState
        do {
            (place, room) = try await context.rooms.enter(index.event, userID: body.userID)
        } catch let error as StoreError {
            throw error.kind == .overloaded ? APIError.backend(error) : APIError.cacheUnavailable
        }
        let now = context.now()
        let token = context.tokens.issue(eventID: body.eventID, userID: body.userID, place: place, at: now)
        let (position, eta): (Int64, Int64) =
            switch room.standing(of: place, at: now) {
            case .waiting(let position, let eta): (position, eta)
            case .admitted, .expired, .unknownEpoch: (0, 0)
            }
        return .json(
            status: 200, headers: noStore, Answer(roomToken: token, position: position, etaSec: eta))
    }
}
