/// Sends HTTP requests. `CurlTransport` is the real one; tests script their own.
public protocol HTTPTransport: Sendable {
    /// - Throws: `TransportError` when no complete answer arrived, `CancellationError` when the task was cancelled.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}

/// No complete answer arrived.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The name did not resolve.
        case resolve
        /// No connection: refused, unreachable or timed out before it stood.
        case connect
        /// The TLS handshake or the peer's certificate failed.
        case tls
        /// The whole exchange took longer than its limit.
        case timeout
        /// The connection ended before the answer was complete.
        case interrupted
        /// The URL, the request or a local file is unusable.
        case unusable
    }

    public var kind: Kind
    /// True when bytes of the request may have reached the peer, so that it may have acted on it.
    public var mayHaveBeenSent: Bool
    /// libcurl's number and words (https://curl.se/libcurl/c/libcurl-errors.html), without credentials.
    public var curlCode: Int
    public var message: String
    public var url: String

    public init(kind: Kind, mayHaveBeenSent: Bool, curlCode: Int, message: String, url: String) {
        self.kind = kind
        self.mayHaveBeenSent = mayHaveBeenSent
        self.curlCode = curlCode
        self.message = message
        self.url = url
    }

    public var description: String {
        "\(kind.rawValue): \(message) (\(url), curl \(curlCode))"
    }
}
