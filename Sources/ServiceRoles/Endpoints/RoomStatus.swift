internal import HTTPServer
internal import Ticketing

/// `GET /public/room-status`: whether it is this buyer's turn. Costs no call: the token carries the place, and the room is
/// known to the process.
struct RoomStatus {
    let context: RoleContext

    private static let headers = [("Content-Type", "application/json")] + noStore
    private static let head = RenderedHead(status: 200, headers: headers)

    /// Written by hand: an encoder would cost more than all the rest of a poll.
    private static func body(isReady: Bool, leftSeconds: Int64, position: Int64, etaSeconds: Int64) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(128)
        body += #"{"etaSec":"#.utf8
        body += String(etaSeconds).utf8
        body += #","leftSec":"#.utf8
        body += String(leftSeconds).utf8
        body += #","position":"#.utf8
        body += String(position).utf8
        body += (isReady ? #","ready":true}"# : #","ready":false}"#).utf8
        return body
    }

    /// The answer, if this process knows it.
    /// - Throws: `APIError`.
    func immediate(_ request: HTTPRequest) throws -> SynchronousAnswer? {
        let token = try token(of: request)
        guard let known = context.rooms.known(token.eventID), let room = known.state(of: token.place) else {
            return nil
        }
        let needsCall =
            room.settings.capacity != nil && !context.rooms.showUps.isKnown(token.eventID, token.place)
        guard !needsCall else { return nil }
        guard let standing = known.standing(of: token.place, at: context.now(), hasShownUp: true) else { return nil }
        return .rendered(Self.head.response(body: try body(standing)))
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let standing = try await context.standing(of: try token(of: request))
        return HTTPResponse(status: 200, headers: Self.headers, bytes: try body(standing))
    }

    private func token(of request: HTTPRequest) throws -> RoomToken {
        guard let text = request.query("token") else { throw APIError.badRequest("token: it is missing") }
        return try context.verified(text)
    }

    private func body(_ standing: RoomStanding) throws -> [UInt8] {
        switch standing {
        case .waiting(let position, let eta):
            return Self.body(isReady: false, leftSeconds: eta, position: position, etaSeconds: eta)
        case .admitted(let left):
            return Self.body(isReady: true, leftSeconds: left, position: 0, etaSeconds: 0)
        case .expired, .unknownEpoch:
            throw APIError.roomExpired
        }
    }
}
