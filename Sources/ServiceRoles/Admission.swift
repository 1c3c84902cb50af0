internal import HTTPServer
internal import Ticketing

extension RoleContext {
    /// The buyer whose turn it is, by the request's `x-room-token`.
    /// - Throws: `APIError` 401 or 403; 503 `cache_unavailable` when nothing is known of the room.
    func admitted(_ request: HTTPRequest, eventID: String) async throws -> RoomToken {
        guard let token = try roomToken(request) else { throw APIError.roomTokenInvalid }
        guard token.eventID == eventID else { throw APIError.roomTokenInvalid }
        let known: Rooms.Known?
        do {
            known = try await rooms.room(eventID)
        } catch is StoreError {
            throw APIError.cacheUnavailable
        }
        guard let room = known?.state(epoch: token.place.epoch) else { throw APIError.roomExpired }
        let hasCapacity = room.settings.capacity != nil
        let wasSeen = hasCapacity ? await rooms.showUps.wasSeen(eventID, token.place) : true
        switch room.standing(of: token.place, at: now(), hasShownUp: wasSeen) {
        case .admitted:
            if hasCapacity {
                await rooms.showUps.arrived(
                    eventID, token.place, admissionSeconds: room.settings.admissionSeconds)
            }
            return token
        case .waiting: throw APIError.notAdmitted
        case .expired, .unknownEpoch: throw APIError.roomExpired
        }
    }

    /// The request's room token, if it carries one; its place may still be waiting.
    /// - Throws: `APIError` 401 for one that is not valid.
    func roomToken(_ request: HTTPRequest) throws -> RoomToken? {
        guard let text = request.header("x-room-token") else { return nil }
        return try verified(text)
    }

    func verified(_ text: String) throws(APIError) -> RoomToken {
        do {
            return try tokens.verify(text, at: now())
        } catch {
            throw error == .expired ? APIError.roomExpired : APIError.roomTokenInvalid
        }
    }
}
