internal import HTTPServer
internal import Observability
internal import Ticketing
internal import Tracing

/// `POST /confirm/commit`: pins the seats for the buyer and promises an order.
///
/// The pins and the record under the key are one transaction of the hold store; the record is the promise, the answer to
/// replays, and the outbox of the queue.
struct CommitPurchase {
    let context: RoleContext

    private struct Body: Decodable {
        var order: CommitOrder

        enum CodingKeys: String, CodingKey {
            case intentId, eventId, seatIds, userId
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            order = CommitOrder(
                intentId: try fields.id(.intentId), eventId: try fields.id(.eventId),
                seatIds: try fields.seatIDs(.seatIds), userId: try fields.id(.userId))
        }
    }

    private struct Answer: Encodable {
        var accepted = true
        var status = "PROCESSING"
        var idem: String
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let idem = try idempotencyKey(of: request)
        let order = try decodeBody(Body.self, of: request).order
        try context.throttle.admit(order.userId, at: context.now())
        var record = CommitRecord(
            idem: idem, fingerprint: Fingerprint.commit(order), order: order, seats: [], createdAt: context.now(),
            traceHeader: ServiceContext.current?.traceHeader?.description)
        do {
            try await pin(&record)
            context.outbox.send(record)
            // Optional here: a buyer who says so makes room for the next.
            if let token = try? context.roomToken(request), token.eventID.isSameText(as: order.eventId) {
                context.rooms.showUps.departed(order.eventId, token.place)
            }
            return accepted(idem, isReplay: false)
        } catch let refusal as APIError where refusal.isStored {
            record.refusal = refusal.storedAnswer
            guard case .exists(let first) = try await context.backends.holds.refuse(record, now: context.now()) else {
                return refusal.response
            }
            return try replay(first, fingerprint: record.fingerprint)
        } catch let replayed as Replayed {
            return try replay(replayed.record, fingerprint: record.fingerprint)
        }
    }

    /// Thrown when a record stands under the key already.
    private struct Replayed: Error {
        var record: CommitRecord
    }

    private func pin(_ record: inout CommitRecord) async throws {
        let order = record.order
        let index = try await context.catalogues.index(order.eventId)
        record.seats = try index.keys(order.seatIds)
        guard let (intent, payment) = try await context.backends.ledger.intent(order.intentId) else {
            throw APIError.intentNotFound
        }
        guard intent.userID.isSameText(as: order.userId), intent.eventID.isSameText(as: order.eventId),
            intent.seatIDs.areSameTexts(as: order.seatIds)
        else {
            throw APIError(
                409, "intent_mismatch", "the intent is for another user, event or other seats; make a new one")
        }
        try check(payment)
        switch try await context.backends.holds.pin(record, limit: index.event.purchaseLimit, now: record.createdAt) {
        case .recorded: return
        case .exists(let first): throw Replayed(record: first)
        case .limitReached: throw Self.holdExpired
        case .taken:
            if record.createdAt >= intent.expiresAt { throw Self.holdExpired }
            throw APIError(
                409, "seat_not_held", "this user no longer holds all of these seats; hold and quote them again")
        }
    }

    private func check(_ payment: Payment?) throws(APIError) {
        switch payment?.status {
        case .approved, .captured: return
        case .declined, .cancelled:
            throw APIError(
                402, "payment_declined", "the payment was declined or cancelled; pay, then commit with a new key")
        case nil:
            guard context.settings.requiresPayment else { return }
            throw APIError(402, "payment_required", "the intent is not paid yet; pay, then commit with a new key")
        }
    }

    private static let holdExpired = APIError(
        410, "hold_expired", "the hold has ended and the seats are somebody else's by now; choose others")

    private func replay(_ first: CommitRecord, fingerprint: String) throws -> HTTPResponse {
        guard first.fingerprint == fingerprint else { throw APIError.idempotencyKeyReused }
        if let refusal = first.refusal { return refusal.response(isReplay: true) }
        return accepted(first.idem, isReplay: true)
    }

    private func accepted(_ idem: String, isReplay: Bool) -> HTTPResponse {
        StoredAnswer(status: 202, location: statusLocation(idem), body: jsonText(Answer(idem: idem)))
            .response(isReplay: isReplay)
    }
}
