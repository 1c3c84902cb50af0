internal import HTTPServer
internal import Ticketing

/// The request's Idempotency-Key.
/// - Throws: `APIError` `bad_request`.
func idempotencyKey(of request: HTTPRequest) throws(APIError) -> String {
    guard let header = request.header("idempotency-key") else {
        throw APIError.badRequest("Idempotency-Key: it is missing; send 8 to 255 visible ASCII characters")
    }
    do {
        return try IdempotencyKey(header: header).text
    } catch {
        throw APIError.badRequest("Idempotency-Key: \(error)")
    }
}

/// Where the order under a key can be followed.
func statusLocation(_ idem: String) -> String { "/confirm/status?idem=" + percentEncoded(idem) }

/// Everything but the unreserved characters of RFC 3986, section 2.3.
private func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            bytes.append(byte)
        default:
            bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

extension APIError {
    static let idempotencyKeyReused = APIError(
        422, "idempotency_key_reused", "this Idempotency-Key stands for another request; use a new key")

    /// Whether the refusal is the first answer of its key: not one that asks to send the same request again, and none of
    /// a request that was never understood or authorised.
    var isStored: Bool { [402, 404, 409, 410].contains(status) }
}

extension StoredAnswer {
    func response(isReplay: Bool) -> HTTPResponse {
        var headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        if let location { headers.append(("Location", location)) }
        if isReplay { headers += [("X-Idempotent-Replay", "true"), ("Idempotent-Replayed", "true")] }
        return HTTPResponse(status: isReplay && status == 201 ? 200 : status, headers: headers, text: body)
    }
}
