/// Why a request was refused before it reached a route. Its bytes can no longer be trusted to be framed as both sides
/// think, so the connection closes after the answer.
enum Refusal: Sendable, Equatable, CaseIterable {
    case bareLineFeed
    case requestLine
    case method
    case target
    case versionSyntax
    case version
    case headerName
    case headerValue
    case foldedHeader
    case host
    case missingHost
    case contentLength
    case lengthAndCoding
    case transferEncoding
    case transferCoding
    case codingOnOldVersion
    case expectation
    case chunk
    case targetLength
    case headLength
    case trailerLength
    case bodyLength
    case timeout

    var status: Int {
        switch self {
        case .version: 505
        case .transferCoding: 501
        case .expectation: 417
        case .targetLength: 414
        case .headLength, .trailerLength: 431
        case .bodyLength: 413
        case .timeout: 408
        default: 400
        }
    }

    var code: String {
        switch self {
        case .version: "http_version_not_supported"
        case .transferCoding: "transfer_coding_not_supported"
        case .expectation: "expectation_failed"
        case .targetLength: "uri_too_long"
        case .headLength, .trailerLength: "headers_too_large"
        case .bodyLength: "body_too_large"
        case .timeout: "request_timeout"
        default: "bad_request"
        }
    }

    var message: String {
        switch self {
        case .bareLineFeed: "a line of the head ends without CR LF; end each line with both"
        case .requestLine: "the request line is malformed; send METHOD, one space, target, one space, HTTP/1.1"
        case .method: "the method is not a token of at most 32 characters; use GET or POST"
        case .target: "the request target is malformed; percent-encode what is not a URI character"
        case .versionSyntax: "the protocol version is malformed; send HTTP/1.1"
        case .version: "this version of HTTP is not served; use HTTP/1.1"
        case .headerName: "a header name is malformed or followed by a space; put the colon right after the name"
        case .headerValue: "a header value has a control character; remove it"
        case .foldedHeader: "a header is folded over lines; send it on one line"
        case .host: "the Host header is malformed or sent twice; send one host, with a port where needed"
        case .missingHost: "the Host header is missing; HTTP/1.1 requires it"
        case .contentLength: "Content-Length is no number or is sent twice; send it once"
        case .lengthAndCoding: "Content-Length and Transfer-Encoding exclude each other; send one of them"
        case .transferEncoding: "Transfer-Encoding is malformed; send chunked alone, or Content-Length"
        case .transferCoding: "the transfer coding is not served; send chunked alone, or Content-Length"
        case .codingOnOldVersion: "HTTP/1.0 has no Transfer-Encoding; send Content-Length"
        case .expectation: "the expectation cannot be met; only 100-continue can"
        case .chunk: "a chunk of the body is malformed; see RFC 9112, section 7.1"
        case .targetLength: "the request target is too long; shorten it"
        case .headLength: "the head of the request is too large; send fewer or shorter headers"
        case .trailerLength: "the trailers of the request are too large; send fewer or shorter ones"
        case .bodyLength: "the body is too large; send a smaller one"
        case .timeout: "the request did not arrive in time; send it again"
        }
    }
}
