public import NIOCore
internal import NIOPosix

/// One whole request. A view of the received bytes: nothing is converted before it is asked for.
public struct HTTPRequest: Sendable {
    /// Head, then body.
    let message: ByteBuffer
    let head: RequestHead
    let connection: ConnectionInfo
    /// Within the connection, from 1.
    let serial: UInt32
    var match = RouteMatch.notFound

    init(message: ByteBuffer, head: RequestHead, connection: ConnectionInfo, serial: UInt32) {
        self.message = message
        self.head = head
        self.connection = connection
        self.serial = serial
    }

    public var method: HTTPMethod { head.method.method ?? .other(text(head.methodSpan)) }

    /// As sent: path and query, neither decoded.
    public var target: String { text(head.target) }

    /// Of the target's bytes; another in each process.
    public var targetHash: Int {
        withTarget { target in
            var hasher = Hasher()
            hasher.combine(bytes: target)
            return hasher.finalize()
        }
    }

    /// Whether the target is, byte for byte, this one.
    public func hasTarget(_ target: [UInt8]) -> Bool {
        target.withUnsafeBytes { target in withTarget { $0.hasSameBytes(as: target) } }
    }

    /// The raw path; `parameter(_:)` gives its decoded parts.
    public var path: String { head.path.isEmpty ? "/" : text(head.path) }

    /// The decoded value of the first such field of the query; "" if it has none, nil if there is no such field. "+" is
    /// a space, as forms write it.
    public func query(_ name: String) -> String? {
        var value: String?
        withQuery(name) { value = String(decoding: $0, as: UTF8.self) }
        return value
    }

    /// As `query(_:)`: hands over the value's UTF-8, where it was received unless something in it is encoded.
    /// - Returns: false if there is no such field; `body` is not called then.
    @discardableResult
    public func withQuery(_ name: String, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows -> Bool {
        var name = name
        return try name.withUTF8 { name in
            try withBytes { bytes in
                let query = UnsafeRawBufferPointer(rebasing: bytes[head.query.range])
                var start = 0
                while start < query.count {
                    let end = index(of: UInt8(ascii: "&"), in: query, from: start) ?? query.count
                    let field = UnsafeRawBufferPointer(rebasing: query[start..<end])
                    let equals = index(of: UInt8(ascii: "="), in: field, from: 0) ?? field.count
                    if isName(UnsafeRawBufferPointer(rebasing: field[..<equals]), name) {
                        let value = UnsafeRawBufferPointer(rebasing: field[min(equals + 1, field.count)...])
                        if isEncoded(value) {
                            var decoded = percentDecoded(value, plusIsSpace: true)
                            try decoded.withUTF8 { try body(UnsafeRawBufferPointer($0)) }
                        } else {
                            try body(value)
                        }
                        return true
                    }
                    start = end + 1
                }
                return false
            }
        }
    }

    private func isName(_ key: UnsafeRawBufferPointer, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        if key.hasSameBytes(as: UnsafeRawBufferPointer(name)) { return true }
        return isEncoded(key) && percentDecoded(key, plusIsSpace: true).utf8.elementsEqual(name)
    }

    private func isEncoded(_ field: UnsafeRawBufferPointer) -> Bool {
        index(of: UInt8(ascii: "%"), in: field, from: 0) != nil
            || index(of: UInt8(ascii: "+"), in: field, from: 0) != nil
    }

    /// The decoded part of the path that the route's pattern calls `{name}`; "" if the pattern has no such name.
    public func parameter(_ name: String) -> String {
        guard case .route(let index) = match,
            let position = connection.router.table.parameterPosition(name, route: Int(index))
        else { return "" }
        return withBytes { bytes in
            let segments = bytes[head.path.range].split(
                separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            // The path begins with "/", so that the first segment stands second.
            guard position + 1 < segments.count else { return "" }
            return percentDecoded(UnsafeRawBufferPointer(rebasing: segments[position + 1]))
        }
    }

    /// The header's value without surrounding space; several lines of one name are joined by ", ". Case of `name` is
    /// ignored.
    public func header(_ name: String) -> String? {
        guard head.nameLengths >> UInt64(min(63, name.utf8.count)) & 1 == 1 else { return nil }
        var name = name
        return name.withUTF8 { name in
            withBytes { bytes in
                var found: String?
                var index = Int(head.headers.start)
                let end = Int(head.headers.end)
                while index < end, let lineFeed = indexOfLineFeed(in: bytes, from: index) {
                    let line = index..<(lineFeed - 1)
                    index = lineFeed + 1
                    guard line.count > name.count, bytes[line.lowerBound + name.count] == UInt8(ascii: ":"),
                        equalsIgnoringCase(bytes, line.lowerBound, name)
                    else { continue }
                    let value = UnsafeRawBufferPointer(
                        rebasing: bytes[(line.lowerBound + name.count + 1)..<line.upperBound]
                    ).trimmed
                    let text = String(decoding: value, as: UTF8.self)
                    found = found.map { $0 + ", " + text } ?? text
                }
                return found
            }
        }
    }

    public var body: ByteBuffer {
        message.getSlice(at: message.readerIndex + head.byteCount, length: head.bodyByteCount) ?? ByteBuffer()
    }

    /// The client's x-request-id if it has 1 to 128 visible ASCII characters, else one made here: 24 hexadecimal digits.
    public var requestID: String {
        if !head.requestID.isEmpty { return text(head.requestID) }
        return String(unsafeUninitializedCapacity: RequestID.byteCount) {
            RequestID.write(connection: connection.id, serial: serial, to: UnsafeMutableRawBufferPointer($0))
            return RequestID.byteCount
        }
    }

    /// The peer's IP address.
    public var remoteAddress: String? { connection.remoteAddress?.ipAddress }

    /// The connection's; an asynchronous handler runs on it.
    public var eventLoop: any EventLoop { connection.eventLoop }

    /// Whether the Content-Type is application/json, with or without parameters.
    public var isJSON: Bool {
        withBytes { bytes in
            let value = UnsafeRawBufferPointer(rebasing: bytes[head.contentType.range])
            let end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex
            return UnsafeRawBufferPointer(rebasing: value[..<end]).trimmed.equalsIgnoringCase("application/json")
        }
    }

    // MARK: - Bytes

    /// The message's bytes, from the method on.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try message.withUnsafeReadableBytes(body)
    }

    private func withTarget<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        withBytes { body(UnsafeRawBufferPointer(rebasing: $0[head.target.range])) }
    }

    private func text(_ span: RequestHead.Span) -> String {
        withBytes { String(decoding: $0[span.range], as: UTF8.self) }
    }

    private func equalsIgnoringCase(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ name: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        for offset in 0..<name.count {
            let (one, other) = (bytes[start + offset], name[offset])
            guard one != other else { continue }
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(one | 0x20)
            guard isLetter, one | 0x20 == other | 0x20 else { return false }
        }
        return true
    }
}

extension HTTPRequest {
    /// A request as if received, to drive `Router.respond(to:)` without a socket.
    ///
    /// Host and Content-Length are added unless given; without an event loop it is one of the process.
    /// - Throws: `HTTPServerError` if a server would refuse it.
    public init(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], body: [UInt8] = [],
        eventLoop: (any EventLoop)? = nil
    ) throws {
        var headers = headers
        if !headers.contains(where: { $0.0.lowercased() == "host" }) { headers.append(("Host", "localhost")) }
        if !body.isEmpty, !headers.contains(where: { $0.0.lowercased() == "content-length" }) {
            headers.append(("Content-Length", String(body.count)))
        }
        var bytes = ByteBuffer(string: "\(method.name) \(target) HTTP/1.1\r\n")
        for (name, value) in headers { bytes.writeString("\(name): \(value)\r\n") }
        bytes.writeString("\r\n")
        bytes.writeBytes(body)
        var parser = RequestParser(limits: RequestParser.Limits())
        switch parser.next(from: &bytes) {
        case .request(let head, let message) where bytes.readableBytes == 0:
            self.init(
                message: message, head: head,
                connection: ConnectionInfo(
                    eventLoop: eventLoop ?? MultiThreadedEventLoopGroup.singleton.any(), remoteAddress: nil,
                    router: Router([])), serial: 1)
        case .refused(let refusal): throw HTTPServerError(.invalidRequest, refusal.message)
        default: throw HTTPServerError(.invalidRequest, "the head and the body do not make one request")
        }
    }

    /// The same request on a connection of `router`.
    func on(_ router: Router) -> HTTPRequest {
        HTTPRequest(
            message: message, head: head,
            connection: ConnectionInfo(
                eventLoop: connection.eventLoop, remoteAddress: connection.remoteAddress, router: router),
            serial: serial)
    }
}
