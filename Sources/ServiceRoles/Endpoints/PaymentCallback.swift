internal import HTTPServer
internal import NIOCore
internal import Ticketing

/// `POST /confirm/payment-callback`: the payment provider's signed report. A repeat changes nothing.
struct PaymentCallback {
    let context: RoleContext

    private struct Body: Decodable {
        var report: PaymentReport

        enum CodingKeys: String, CodingKey {
            case eventType, intentId, providerRef, amount
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            let status: Payment.Status
            switch try fields.id(.eventType) {
            case "approved": status = .approved
            case "declined": status = .declined
            case "cancelled": status = .cancelled
            default: throw APIError.badRequest("eventType: approved, declined or cancelled is expected")
            }
            report = PaymentReport(
                intentID: try fields.id(.intentId), status: status, providerRef: try fields.id(.providerRef),
                amountMinor: try fields.amount(.amount))
        }
    }

    private struct Answer: Encodable {
        var received = true
    }

    func callAsFunction(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            try WebhookSignature(secret: context.keys.webhook).verify(
                header: request.header("x-signature"), body: Array(request.body.readableBytesView), at: context.now())
        } catch {
            throw APIError(400, "bad_signature", "X-Signature: \(error)")
        }
        let report = try decodeBody(Body.self, of: request).report
        switch try await context.backends.ledger.record(report) {
        case .recorded, .unchanged: return .json(status: 200, headers: noStore, Answer())
        case .intentNotFound: throw APIError.intentNotFound
        case .mismatch:
            throw APIError(
                409, "amount_mismatch", "the amount or the reference is not the intent's; nothing was changed")
        }
    }
}

extension APIError {
    static let intentNotFound = APIError(404, "intent_not_found", "there is no such payment intent; make one first")
}
