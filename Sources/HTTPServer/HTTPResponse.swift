internal import FoundationEssentials
public import NIOCore

/// An answer. The server adds Date, Content-Length, x-request-id and Connection; such headers given here are dropped, and
/// control characters in a value become spaces.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: [(String, String)]
    public var body: ByteBuffer

    public init(status: Int, headers: [(String, String)] = [], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public init(status: Int, headers: [(String, String)] = [], bytes: [UInt8]) {
        self.init(status: status, headers: headers, body: ByteBuffer(bytes: bytes))
    }

    public init(status: Int, headers: [(String, String)] = [], text: String) {
        self.init(status: status, headers: headers, body: ByteBuffer(string: text))
    }

    /// The first such header. Case is ignored.
    public func header(_ name: String) -> String? {
        headers.first { $0.0.lowercased() == name.lowercased() }?.1
    }

    /// `value` as JSON with sorted keys, so that equal values are equal bytes. A value that cannot be encoded is a bug
    /// and becomes 500 `internal`.
    public static func json<Value: Encodable>(
        status: Int, headers: [(String, String)] = [], _ value: Value
    ) -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return .internalError }
        return HTTPResponse(
            status: status, headers: [("Content-Type", "application/json")] + headers, bytes: Array(data))
    }

    /// `{"error": code, "message": message}`, never cached.
    public static func error(
        status: Int, code: String, message: String, headers: [(String, String)] = []
    ) -> HTTPResponse {
        json(
            status: status, headers: [("Cache-Control", "no-store")] + headers,
            ErrorBody(error: code, message: message))
    }

    static var internalError: HTTPResponse {
        HTTPResponse(
            status: 500, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
            text: #"{"error":"internal","message":"the request could not be served; "#
                + #"its x-request-id helps to find out why"}"#)
    }

    private struct ErrorBody: Encodable {
        var error: String
        var message: String
    }
}
