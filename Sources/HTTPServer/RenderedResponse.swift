internal import NIOCore

/// A response rendered once, for answers that are given many times: sending one is two copies of bytes.
public struct RenderedResponse: Sendable {
    public let status: Int
    /// Status line, headers and Content-Length, without the empty line; then the body.
    let bytes: [UInt8]
    let headByteCount: Int

    public init(_ response: HTTPResponse) {
        status = response.status
        let most = response.mostHeadBytes + response.body.readableBytes
        var headByteCount = 0
        bytes = Array(unsafeUninitializedCapacity: most) { room, count in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(room))
            response.writeHead(to: &writer)
            headByteCount = writer.count
            if response.hasBody { response.body.withUnsafeReadableBytes { writer.write($0) } }
            count = writer.count
        }
        self.headByteCount = headByteCount
    }

    fileprivate init(_ head: RenderedHead, body: UnsafeRawBufferPointer) {
        status = head.status
        var headByteCount = 0
        bytes = Array(unsafeUninitializedCapacity: head.bytes.count + body.count + 48) { room, count in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(room))
            head.bytes.withUnsafeBytes { writer.write($0) }
            writer.writeContentLength(body.count)
            headByteCount = writer.count
            writer.write(body)
            count = writer.count
        }
        self.headByteCount = headByteCount
    }
}

/// Status line and headers rendered once, for answers that differ in their bodies alone.
public struct RenderedHead: Sendable {
    fileprivate let status: Int
    fileprivate let bytes: [UInt8]

    /// - Precondition: the status is one that has a body.
    public init(status: Int, headers: [(String, String)]) {
        let response = HTTPResponse(status: status, headers: headers)
        precondition(response.hasBody, "an answer of status \(status) has no body")
        self.status = status
        bytes = Array(unsafeUninitializedCapacity: response.mostHeadBytes) { room, count in
            var writer = ByteWriter(UnsafeMutableRawBufferPointer(room))
            response.writeHeaders(to: &writer)
            count = writer.count
        }
    }

    /// The answer with the body that `write` writes. What passes `mostBodyBytes` would be left out.
    public func response(mostBodyBytes: Int, _ write: (inout ByteWriter) -> Void) -> RenderedResponse {
        withUnsafeTemporaryAllocation(byteCount: mostBodyBytes, alignment: 1) { room in
            var writer = ByteWriter(room)
            write(&writer)
            return RenderedResponse(self, body: UnsafeRawBufferPointer(rebasing: room[..<writer.count]))
        }
    }
}

extension HTTPResponse {
    /// RFC 9110, sections 15.3.5 and 15.4.5.
    var hasBody: Bool { status != 204 && status != 304 }

    /// At least the bytes of `writeHead`.
    var mostHeadBytes: Int { headers.reduce(128) { $0 + $1.0.utf8.count + $1.1.utf8.count + 4 } }

    /// Status line, headers and Content-Length, without what depends on the connection and without the empty line.
    func writeHead(to writer: inout ByteWriter) {
        writeHeaders(to: &writer)
        // RFC 9110, section 8.6: none with 204; with 304 it would have to be that of the 200.
        if hasBody { writer.writeContentLength(body.readableBytes) }
    }

    fileprivate func writeHeaders(to writer: inout ByteWriter) {
        if status == 200 {
            writer.write("HTTP/1.1 200 OK\r\n")
        } else {
            writer.write("HTTP/1.1 ")
            writer.write(decimal: status)
            writer.write(" ")
            writer.write(reasonPhrase(status))
            writer.write("\r\n")
        }
        for (name, value) in headers { Self.write(name, value, to: &writer) }
    }

    private static func write(_ name: String, _ value: String, to writer: inout ByteWriter) {
        var name = name
        let isWritten = name.withUTF8 { name in
            let name = UnsafeRawBufferPointer(name)
            guard !name.isEmpty, name.allSatisfy(ASCIISet.token.contains), !isOwnedByServer(name) else { return false }
            writer.write(name)
            return true
        }
        guard isWritten else { return }
        writer.write(": ")
        writer.writeFieldValue(value)
        writer.write("\r\n")
    }
}

extension ByteWriter {
    fileprivate mutating func writeContentLength(_ byteCount: Int) {
        write("Content-Length: ")
        write(decimal: byteCount)
        write("\r\n")
    }
}

extension SynchronousAnswer {
    var status: Int {
        switch self {
        case .response(let response): response.status
        case .rendered(let rendered): rendered.status
        }
    }

    /// As a response; the headers of a rendered one stand in its bytes and are read back.
    public var response: HTTPResponse {
        switch self {
        case .response(let response): return response
        case .rendered(let rendered):
            var body = ByteBuffer(bytes: rendered.bytes)
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

private func isOwnedByServer(_ name: UnsafeRawBufferPointer) -> Bool {
    switch name.count {
    case 4: name.equalsIgnoringCase("date")
    case 10: name.equalsIgnoringCase("connection") || name.equalsIgnoringCase("keep-alive")
    case 12: name.equalsIgnoringCase("x-request-id")
    case 14: name.equalsIgnoringCase("content-length")
    case 17: name.equalsIgnoringCase("transfer-encoding")
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
