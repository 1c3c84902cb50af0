internal import HTTPServer
internal import Ticketing

/// `POST /confirm/payment-intent`: quotes held seats, once for each idempotency key.
///
/// Whatever the outcome, it and its key are written in one statement and the first writer wins: there is no request "in
/// flight" that could be lost, and parallel ones all give the winner's answer.
struct CreatePaymentIntent {
    let context: RoleContext

    private struct Body: Decodable {
        var userID: String
        var eventID: String
        var seatIDs: [String]

        enum CodingKeys: String, CodingKey {
            case userID = "userId"
            case eventID = "eventId"
            case seatIDs = "seatIds"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            userID = try fields.id(.userID)
            eventID = try fields.id(.eventID)
            seatIDs = try fields.seatIDs(.seatIDs)
        }
    }

    private struct Answer: Encodable {
        var intentId: String
        var amount: Int64
        var currency: String
        var expiresAt: String
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let idem = try idempotencyKey(of: request)
        let body = try decodeBody(Body.self, of: request)
        try await requireRoomToken(request, body)
        try context.throttle.admit(body.userID, at: context.now())
        let fingerprint = Fingerprint.paymentIntent(
            userID: body.userID, eventID: body.eventID, seatIDs: body.seatIDs)

        let intent: Intent?
        let answer: StoredAnswer
        do {
            let quoted = try await quote(body)
            intent = quoted
            answer = StoredAnswer(
                status: 201, location: statusLocation(idem),
                body: jsonText(
                    Answer(
                        intentId: quoted.intentID, amount: quoted.amountMinor, currency: quoted.currency,
                        expiresAt: quoted.expiresAt.iso8601)))
        } catch let refusal as APIError where refusal.isStored {
            intent = nil
            answer = refusal.storedAnswer
        }
        let outcome = try await context.backends.ledger.record(
            IntentAnswer(
                userID: body.userID, idem: idem, recorded: RecordedAnswer(fingerprint: fingerprint, answer: answer),
                intent: intent))
        switch outcome {
        case .first: return answer.response(isReplay: false)
        case .exists(let recorded):
            guard recorded.fingerprint == fingerprint else { throw APIError.idempotencyKeyReused }
            return recorded.answer.response(isReplay: true)
        }
    }

    private func quote(_ body: Body) async throws -> Intent {
        let index = try await context.catalogues.index(body.eventID)
        let seats = try index.keys(body.seatIDs)
        let now = context.now()
        switch try await context.backends.holds.check(seats, userID: body.userID, now: now) {
        case .held(let until):
            return try Intent(
                intentID: context.random.identifier("int"), userID: body.userID, seatIDs: body.seatIDs, of: index,
                createdAt: now, expiresAt: until)
        case .expired:
            throw APIError(410, "hold_expired", "the hold of these seats has ended; hold them again")
        case .notHeld:
            throw APIError(409, "seat_not_held", "this user does not hold all of these seats; hold them first")
        }
    }

    private func requireRoomToken(_ request: HTTPRequest, _ body: Body) async throws {
        if let token = try context.roomToken(request) {
            guard token.userID.isSameText(as: body.userID), token.eventID.isSameText(as: body.eventID) else {
                throw APIError.roomTokenInvalid
            }
        } else if context.settings.requiresRoomToken {
            throw APIError.roomTokenInvalid
        }
        if context.settings.requiresRoomToken { _ = try await context.admitted(request, eventID: body.eventID) }
    }
}
