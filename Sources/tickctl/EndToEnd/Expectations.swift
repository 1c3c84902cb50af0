import CurlTransport
import Foundation

extension SmokeClient.Answer {
    /// The error of the contract, and nothing but its fields.
    /// - Throws: `SmokeFailure` unless it is that.
    @discardableResult
    func refuses(_ status: Int, _ code: String) throws -> ErrorBody {
        let body: ErrorBody = try expect(status).json()
        guard body.error == code else {
            throw SmokeFailure(expected: "\(status) \(code) of \(request)", got: "\(self.status) \(body.error)")
        }
        let names = (try? JSONSerialization.jsonObject(with: Data(self.body)) as? [String: Any])?.keys.sorted() ?? []
        let known = Set(["error", "message"] + (status == 409 ? ["seatIds", "alternatives"] : []))
        guard Set(names).isSubset(of: known), !body.message.isEmpty else {
            throw SmokeFailure(expected: "an error and a message from \(request)", got: "\(names)")
        }
        return body
    }

    /// - Throws: `SmokeFailure` unless the header has that value.
    func expect(_ name: String, _ value: String) throws {
        let got = try header(name)
        guard got == value else { throw SmokeFailure(expected: "\(name): \(value) from \(request)", got: got) }
    }

    /// The first answer again, byte for byte, and marked.
    func replays(_ first: SmokeClient.Answer, _ status: Int) throws {
        _ = try expect(status)
        guard body == first.body else {
            throw SmokeFailure(expected: "the first answer of \(request), byte for byte", got: "\(text.prefix(200))")
        }
        try expect("X-Idempotent-Replay", "true")
        try expect("Idempotent-Replayed", "true")
        try require(
            headers["Location"] == first.headers["Location"], "the Location of the first answer",
            got: headers["Location"] ?? "none")
        try require(
            first.headers["X-Idempotent-Replay"] == nil, "a first answer that is not marked as a replay", got: "it is")
    }
}

/// - Throws: `SmokeFailure` unless the condition holds.
func require(_ condition: Bool, _ expected: @autoclosure () -> String, got: @autoclosure () -> String) throws {
    guard condition else { throw SmokeFailure(expected: expected(), got: got()) }
}
