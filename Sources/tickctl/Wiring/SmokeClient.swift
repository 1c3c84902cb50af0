import CurlTransport
import Foundation
import Ticketing

/// A buyer's calls to a platform, as a smoke test makes them.
struct SmokeClient: Sendable {
    var transport: CurlTransport
    /// Without a slash at the end.
    var publicURL: String
    var confirmURL: String
    var timeout: Duration

    struct Answer: Sendable {
        var request: String
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        /// - Throws: `SmokeFailure` unless the status is the expected one.
        func expect(_ status: Int) throws -> Answer {
            guard self.status == status else {
                throw SmokeFailure(
                    expected: "\(status) of \(request)", got: "\(self.status) \(text.prefix(200))")
            }
            return self
        }

        func json<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            do {
                return try JSONDecoder().decode(Value.self, from: Data(body))
            } catch {
                throw SmokeFailure(expected: "a body of the contract from \(request)", got: "\(text.prefix(200))")
            }
        }

        func header(_ name: String) throws -> String {
            guard let value = headers[name] else {
                throw SmokeFailure(expected: "the header \(name) from \(request)", got: "none")
            }
            return value
        }
    }

    func get(_ url: String, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await send(HTTPRequest(method: "GET", url: url, headers: headers, timeout: timeout))
    }

    func head(_ url: String) async throws -> Answer {
        try await send(HTTPRequest(method: "HEAD", url: url, timeout: timeout))
    }

    func post(_ url: String, _ body: some Encodable, headers: HTTPHeaders = [:]) async throws -> Answer {
        try await post(url, bytes: Array(try JSONEncoder().encode(body)), headers: headers)
    }

    func post(
        _ url: String, bytes: [UInt8], type: String = "application/json", headers: HTTPHeaders
    ) async throws -> Answer {
        var headers = headers
        headers["Content-Type"] = type
        return try await send(
            HTTPRequest(method: "POST", url: url, headers: headers, body: .bytes(bytes), timeout: timeout))
    }

    /// A query is never shown: it may hold a room token.
    private func send(_ request: HTTPRequest) async throws -> Answer {
        let name = "\(request.method) \(request.url.split(separator: "?").first ?? "")"
        do {
            let response = try await transport.send(request)
            return Answer(request: name, status: response.status, headers: response.headers, body: response.body)
        } catch let error as TransportError {
            throw SmokeFailure(expected: "an answer to \(name)", got: "\(error.kind.rawValue): \(error.message)")
        }
    }
}

/// A check that failed.
struct SmokeFailure: Error {
    var expected: String
    var got: String
}
