internal import HTTPServer
internal import Ticketing

/// `GET /public/room-status`: whether it is this buyer's turn. Costs no call: the token carries the place, and the room is
/// known to the process.
struct RoomStatus {
    let context: RoleContext

    private static let headers = [("Content-Type", "application/json")] + noStore
    private static let head = RenderedHead(status: 200, headers: headers)
    /// Three numbers of up to 20 digits, and what stands between them.
    private static let mostBodyBytes = 128

    /// Written by hand: an encoder would cost more than all the rest of a poll.
    private static func write(_ turn: Turn, to body: inout ByteWriter) {
        body.write(#"{"etaSec":"#)
        body.write(decimal: Int(turn.etaSeconds))
        body.write(#","leftSec":"#)
        body.write(decimal: Int(turn.leftSeconds))
        body.write(#","position":"#)
        body.write(decimal: Int(turn.position))
        body.write(turn.isReady ? #","ready":true}"# : #","ready":false}"#)
    }

    /// The answer, if this process knows it.
    /// - Throws: `APIError`.
    func immediate(_ request: HTTPRequest) throws -> SynchronousAnswer? {
        let token = try token(of: request)
        let place = token.place
        guard let known = context.rooms.known(token.eventID), known.current.epoch == place.epoch else { return nil }
        let needsCall =
            known.current.settings.capacity != nil && !context.rooms.showUps.isKnown(token.eventID, place)
        guard !needsCall, let standing = known.standing(of: place, at: context.now(), hasShownUp: true) else {
            return nil
        }
        return .rendered(try answer(standing))
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let standing = try await context.standing(of: try token(of: request))
        return SynchronousAnswer.rendered(try answer(standing)).response
    }

    private func token(of request: HTTPRequest) throws -> RoomToken {
        var token: RoomToken?
        try request.withQuery("token") { token = try context.verified($0) }
        guard let token else { throw APIError.badRequest("token: it is missing") }
        return token
    }

    /// What the body tells.
    private struct Turn {
        var isReady: Bool
        var leftSeconds, position, etaSeconds: Int64
    }

    private func answer(_ standing: RoomStanding) throws -> RenderedResponse {
        let turn: Turn
        switch standing {
        case .waiting(let position, let eta):
            turn = Turn(isReady: false, leftSeconds: eta, position: position, etaSeconds: eta)
        case .admitted(let left):
            turn = Turn(isReady: true, leftSeconds: left, position: 0, etaSeconds: 0)
        case .expired, .unknownEpoch:
            throw APIError.roomExpired
        }
        return Self.head.response(mostBodyBytes: Self.mostBodyBytes) { Self.write(turn, to: &$0) }
    }
}
