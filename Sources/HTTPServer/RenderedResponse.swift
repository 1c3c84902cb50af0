internal import NIOCore

/// A response rendered once, for answers that are given many times: sending one is two copies of bytes.
public struct RenderedResponse: Sendable {
    public let status: Int
    /// Status line, headers and Content-Length, without the empty line; then the body.
    let bytes: ByteBuffer
    let headByteCount: Int

    public init(_ response: HTTPResponse) {
        status = response.status
        var bytes = ByteBufferAllocator().buffer(capacity: 256 + response.body.readableBytes)
        response.writeHead(to: &bytes)
        headByteCount = bytes.readableBytes
        if response.hasBody { bytes.writeImmutableBuffer(response.body) }
        self.bytes = bytes
    }
}

extension HTTPResponse {
    /// RFC 9110, sections 15.3.5 and 15.4.5.
    var hasBody: Bool { status != 204 && status != 304 }

    /// Status line, headers and Content-Length, without what depends on the connection and without the empty line.
    func writeHead(to bytes: inout ByteBuffer) {
        bytes.writeStaticString("HTTP/1.1 ")
        bytes.writeString(String(status))
        bytes.writeStaticString(" ")
        bytes.writeStaticString(reasonPhrase(status))
        bytes.writeStaticString("\r\n")
        for (name, value) in headers where !isOwnedByServer(name) {
            guard !name.isEmpty, name.utf8.allSatisfy(ASCIISet.token.contains) else { continue }
            bytes.writeString(name)
            bytes.writeStaticString(": ")
            if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
                bytes.writeString(value)
            } else {
                bytes.writeBytes(value.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 })
            }
            bytes.writeStaticString("\r\n")
        }
        // RFC 9110, section 8.6: none with 204; with 304 it would have to be that of the 200.
        if hasBody {
            bytes.writeStaticString("Content-Length: ")
            bytes.writeString(String(body.readableBytes))
            bytes.writeStaticString("\r\n")
        }
    }
}

extension SynchronousAnswer {
    var rendered: RenderedResponse {
        switch self {
        case .response(let response): RenderedResponse(response)
        case .rendered(let rendered): rendered
        }
    }

    /// As a response; the headers of a rendered one stand in its bytes and are read back.
    var response: HTTPResponse {
        switch self {
        case .response(let response): return response
        case .rendered(let rendered):
            var body = rendered.bytes
            let head = body.readString(length: rendered.headByteCount) ?? ""
            // Written by writeHead, so that each line has a colon and a space.
            let headers = head.split(separator: "\r\n").dropFirst().map { line -> (String, String) in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (String(parts[0]), String((parts.last ?? "").dropFirst()))
            }
            return HTTPResponse(status: rendered.status, headers: headers, body: body)
        }
    }
}

private func isOwnedByServer(_ name: String) -> Bool {
    switch name.utf8.count {
    case 4, 10, 12, 14, 17:
        switch name.lowercased() {
        case "connection", "content-length", "date", "keep-alive", "transfer-encoding", "x-request-id": true
        default: false
        }
    default: false
    }
}

/// RFC 9110, section 15; empty for a status that is not in use here.
private func reasonPhrase(_ status: Int) -> StaticString {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 402: "Payment Required"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    default: ""
    }
}
