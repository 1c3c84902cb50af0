internal import HTTPServer
internal import Ticketing

/// A refusal as the contract words it: `{"error": code, "message": what and what next}`.
public struct APIError: Error, Sendable, Equatable {
    public var status: Int
    /// Lower case with underscores.
    public var code: String
    public var message: String
    /// Seconds; sent as `Retry-After`.
    public var retryAfter: Int?

    public init(_ status: Int, _ code: String, _ message: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    static func badRequest(_ message: String) -> APIError { APIError(400, "bad_request", message) }

    static func eventNotFound(_ id: String) -> APIError {
        APIError(404, "event_not_found", "there is no event \(quoted(id)); check the id")
    }

    static func sectionNotFound(_ id: String) -> APIError {
        APIError(404, "section_not_found", "the event has no section \(quoted(id)); GET /public/seats lists them")
    }

    static func seatNotFound(_ ids: [String]) -> APIError {
        APIError(
            404, "seat_not_found",
            "the event has no seat \(ids.map(quoted).joined(separator: ", ")); GET /public/seats lists them")
    }

    static let roomExpired = APIError(
        401, "room_expired", "the place in the waiting room is no longer valid; enter again")
    static let roomTokenInvalid = APIError(
        401, "room_token_invalid", "the room token is missing or not valid here; enter the waiting room first")
    static let notAdmitted = APIError(
        403, "not_admitted", "it is not this buyer's turn yet; poll /public/room-status until ready")
    static let throttled = APIError(
        429, "throttled", "too many requests of this user; try again in a second", retryAfter: 1)
    static let cacheUnavailable = APIError(
        503, "cache_unavailable", "the waiting room cannot be reached for the moment; try again", retryAfter: 1)

    /// A backend that did not answer, as the client sees it: nothing of the backend's own words.
    static func backend(_ error: StoreError) -> APIError {
        switch error.kind {
        case .overloaded:
            APIError(503, "overloaded", "the service is busier than it can be; try again shortly", retryAfter: 1)
        case .unavailable, .outcomeUnknown:
            APIError(
                503, "unavailable", "the \(error.store) did not answer; send the same request again", retryAfter: 1)
        case .invalid:
            APIError(500, "internal", "the request could not be served; its x-request-id helps to find out why")
        }
    }

    private struct Body: Encodable {
        var error: String
        var message: String
    }

    var response: HTTPResponse {
        var headers = [("Cache-Control", "no-store")]
        if let retryAfter { headers.append(("Retry-After", String(retryAfter))) }
        return .json(status: status, headers: headers, Body(error: code, message: message))
    }

    /// The body alone, as stored under an idempotency key.
    var storedAnswer: StoredAnswer {
        StoredAnswer(status: status, body: jsonText(Body(error: code, message: message)))
    }
}

/// At most 64 characters of what a client sent, so that a message stays readable.
private func quoted(_ text: String) -> String { "'\(text.prefix(64))'" }
