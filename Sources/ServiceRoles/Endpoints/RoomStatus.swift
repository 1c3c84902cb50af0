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

    /// The answer, if the room is known.
    /// - Throws: `APIError`.
    func immediate(_ request: HTTPRequest) throws -> HTTPResponse? {
        let token = try token(of: request)
        guard let known = context.rooms.known(token.eventID) else { return nil }
        let needsCall =
            known.state(epoch: token.place.epoch)?.settings.capacity != nil
            && !context.rooms.showUps.isKnown(token.eventID, token.place)
        return needsCall ? nil : try answer(token, known, wasSeen: true)
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let token = try token(of: request)
        let known: Rooms.Known?
        do {
            known = try await context.rooms.room(token.eventID)
        } catch is StoreError {
            throw APIError.cacheUnavailable
        }
        guard let known, let room = known.state(epoch: token.place.epoch) else { throw APIError.roomExpired }
        guard room.settings.capacity != nil else { return try answer(token, known, wasSeen: true) }
        let showUps = context.rooms.showUps
        let wasSeen = await showUps.wasSeen(token.eventID, token.place)
        let response = try answer(token, known, wasSeen: wasSeen)
        if case .admitted = room.standing(of: token.place, at: context.now(), hasShownUp: wasSeen) {
            await showUps.arrived(token.eventID, token.place, admissionSeconds: room.settings.admissionSeconds)
        }
        return response
    }

    private func token(of request: HTTPRequest) throws -> RoomToken {
        guard let text = request.query("token") else { throw APIError.badRequest("token: it is missing") }
        return try context.verified(text)
    }

    private func answer(_ token: RoomToken, _ known: Rooms.Known, wasSeen: Bool) throws -> HTTPResponse {
        guard let room = known.state(epoch: token.place.epoch) else { throw APIError.roomExpired }
        switch room.standing(of: token.place, at: context.now(), hasShownUp: wasSeen) {
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
