internal import HTTPServer
internal import Ticketing

extension RoleContext {
    /// The buyer whose turn it is, by the request's `x-room-token`.
    /// - Throws: `APIError` 401 or 403; 503 `cache_unavailable` when nothing is known of the room.
    func admitted(_ request: HTTPRequest, eventID: String) async throws -> RoomToken {
        guard let token = try roomToken(request) else { throw APIError.roomTokenInvalid }
        guard token.eventID.isSameText(as: eventID) else { throw APIError.roomTokenInvalid }
        switch try await standing(of: token, isWaitingCertain: true) {
        case .admitted: return token
        case .waiting: throw APIError.notAdmitted
        case .expired, .unknownEpoch: throw APIError.roomExpired
        }
    }

    /// What the token's place means now; a buyer whose turn it is counts as seen.
    /// - Parameter isWaitingCertain: the store is asked before "waiting" is said.
    /// - Throws: `APIError` 503 `cache_unavailable` when that cannot be known.
    func standing(of token: RoomToken, isWaitingCertain: Bool = false) async throws -> RoomStanding {
        let (eventID, place) = (token.eventID, token.place)
        do {
            let settings = try await rooms.room(eventID)?.state(of: place)?.settings
            let wasSeen = settings?.capacity != nil ? await rooms.showUps.wasSeen(eventID, place) : true
            let standing = try await rooms.standing(
                of: place, eventID: eventID, at: now(), hasShownUp: wasSeen, isWaitingCertain: isWaitingCertain)
            if case .admitted = standing, let settings, settings.capacity != nil {
                await rooms.showUps.arrived(eventID, place, admissionSeconds: settings.admissionSeconds)
            }
            return standing
        } catch is StoreError {
            throw APIError.cacheUnavailable
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
            throw APIError(error)
        }
    }

    /// As `verified(_:)`, of the text's UTF-8.
    func verified(_ characters: UnsafeRawBufferPointer) throws(APIError) -> RoomToken {
        do {
            return try tokens.verify(characters, at: now())
        } catch {
            throw APIError(error)
        }
    }
}

extension APIError {
    fileprivate init(_ error: RoomTokenError) {
        self = error == .expired ? .roomExpired : .roomTokenInvalid
    }
}
