internal import Glibc
internal import NIOCore

/// An answer of a server.
struct Response {
    var status: Int
    var body: ByteBuffer
    /// Whether the connection serves another request.
    var isKeptAlive: Bool
    /// `Idempotent-Replayed: true` was there.
    var isReplay: Bool
}

/// Reads answers (HTTP/1.1, RFC 9112) from a connection's bytes. Only the framing is looked at, and what a buyer needs.
struct ResponseParser {
    enum Result {
        case incomplete
        case response(Response)
        case malformed(String)
    }

    private enum Framing {
        case length(Int)
        case chunked
        case untilClose
    }

    private struct Head {
        var status = 0
        var framing = Framing.untilClose
        var isKeptAlive = true
        var isReplay = false
    }

    private static let mostHeadBytes = 65_536
    private static let mostBodyBytes = 16 * 1_048_576

    /// Of the answer whose body is awaited.
    private var head: Head?
    private var body = ByteBuffer()

    /// The next answer; its bytes are taken from `buffer`.
    mutating func next(_ buffer: inout ByteBuffer) -> Result {
        while true {
            guard let head else {
                switch parseHead(&buffer) {
                case .incomplete: return .incomplete
                case .malformed(let reason): return .malformed(reason)
                case .head(let head):
                    // 1xx goes before the answer.
                    if head.status >= 200 { self.head = head }
                }
                continue
            }
            switch head.framing {
            case .length(let length):
                guard let body = buffer.readSlice(length: length) else { return .incomplete }
                return finish(head, body)
            case .untilClose:
                guard buffer.readableBytes <= Self.mostBodyBytes else { return .malformed("a body without an end") }
                return .incomplete
            case .chunked:
                switch parseChunks(&buffer) {
                case .incomplete: return .incomplete
                case .malformed(let reason): return .malformed(reason)
                case .end: return finish(head, body)
                }
            }
        }
    }

    /// The connection was closed: the end of a body that nothing else delimits.
    mutating func finishAtClose(_ buffer: inout ByteBuffer) -> Response? {
        guard var head, case .untilClose = head.framing else { return nil }
        head.isKeptAlive = false
        guard
            case .response(let response) = finish(head, buffer.readSlice(length: buffer.readableBytes) ?? ByteBuffer())
        else { return nil }
        return response
    }

    private mutating func finish(_ head: Head, _ body: ByteBuffer) -> Result {
        self.head = nil
        self.body = ByteBuffer()
        return .response(
            Response(status: head.status, body: body, isKeptAlive: head.isKeptAlive, isReplay: head.isReplay))
    }

    // MARK: - The head

    private enum HeadResult {
        case incomplete
        case malformed(String)
        case head(Head)
    }

    private func parseHead(_ buffer: inout ByteBuffer) -> HeadResult {
        let (result, length) = buffer.withUnsafeReadableBytes { bytes -> (HeadResult, Int) in
            var head = Head()
            var lineStart = 0
            var isFirst = true
            var length: Int?
            var isChunked = false
            while let offset = Self.newline(bytes, from: lineStart) {
                var lineEnd = offset
                if lineEnd > lineStart, bytes[lineEnd - 1] == UInt8(ascii: "\r") { lineEnd -= 1 }
                let line = UnsafeRawBufferPointer(rebasing: bytes[lineStart..<lineEnd])
                lineStart = offset + 1
                if isFirst {
                    guard let status = Self.status(line) else {
                        return (.malformed("the status line is no HTTP/1.1"), 0)
                    }
                    head.status = status
                    if line[7] == UInt8(ascii: "0") { head.isKeptAlive = false }
                    isFirst = false
                } else if line.isEmpty {
                    if head.status < 200 || head.status == 204 || head.status == 304 {
                        head.framing = .length(0)
                    } else if isChunked {
                        head.framing = .chunked
                    } else if let length {
                        head.framing = .length(length)
                    }
                    return (.head(head), lineStart)
                } else if let value = Self.value(line, of: "content-length") {
                    guard let number = Self.number(value), number <= Self.mostBodyBytes,
                        length == nil || length == number
                    else { return (.malformed("Content-Length is no size of a body"), 0) }
                    length = number
                } else if let value = Self.value(line, of: "transfer-encoding") {
                    guard Self.equals(value, "chunked") else { return (.malformed("an unknown Transfer-Encoding"), 0) }
                    isChunked = true
                } else if let value = Self.value(line, of: "connection") {
                    if Self.equals(value, "close") { head.isKeptAlive = false }
                    if Self.equals(value, "keep-alive") { head.isKeptAlive = true }
                } else if let value = Self.value(line, of: "idempotent-replayed") {
                    head.isReplay = Self.equals(value, "true")
                }
            }
            return bytes.count > Self.mostHeadBytes ? (.malformed("a head without an end"), 0) : (.incomplete, 0)
        }
        buffer.moveReaderIndex(forwardBy: length)
        return result
    }

    private static func newline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, 10, bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Of "HTTP/1.1 200 OK".
    private static func status(_ line: UnsafeRawBufferPointer) -> Int? {
        guard line.count >= 12, let base = line.baseAddress, memcmp(base, "HTTP/1.", 7) == 0,
            line[7] == UInt8(ascii: "1") || line[7] == UInt8(ascii: "0"), line[8] == 32,
            line.count == 12 || line[12] == 32, let status = number(UnsafeRawBufferPointer(rebasing: line[9..<12])),
            (100...599).contains(status)
        else { return nil }
        return status
    }

    /// The value when the line's name is `name` (in lower case).
    private static func value(_ line: UnsafeRawBufferPointer, of name: StaticString) -> UnsafeRawBufferPointer? {
        let length = name.utf8CodeUnitCount
        guard line.count > length, line[length] == UInt8(ascii: ":") else { return nil }
        for index in 0..<length where line[index] | 0x20 != name.utf8Start[index] | 0x20 { return nil }
        var (start, end) = (length + 1, line.count)
        while start < end, line[start] == 32 || line[start] == 9 { start += 1 }
        while end > start, line[end - 1] == 32 || line[end - 1] == 9 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: line[start..<end])
    }

    private static func equals(_ value: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        value.count == word.utf8CodeUnitCount
            && value.indices.allSatisfy { value[$0] | 0x20 == word.utf8Start[$0] | 0x20 }
    }

    private static func number(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard (1...15).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard (48...57).contains(digit) else { return nil }
            number = number * 10 + Int(digit - 48)
        }
        return number
    }

    // MARK: - Chunks (RFC 9112, section 7.1)

    private enum ChunkResult {
        case incomplete
        case malformed(String)
        case end
    }

    private mutating func parseChunks(_ buffer: inout ByteBuffer) -> ChunkResult {
        while true {
            guard let view = Optional(buffer.readableBytesView), let end = view.firstIndex(of: UInt8(ascii: "\n"))
            else {
                return buffer.readableBytes > 1_024 ? .malformed("a chunk without a size") : .incomplete
            }
            var size = 0
            var digits = 0
            for byte in view[..<end] {
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                    guard byte == UInt8(ascii: ";") || byte == 13 || byte == 32 else {
                        return .malformed("a chunk without a size")
                    }
                    break
                }
                size = size * 16 + digit
                digits += 1
                guard digits <= 8 else { return .malformed("a chunk that is too large") }
            }
            guard digits > 0, body.readableBytes + size <= Self.mostBodyBytes else {
                return .malformed("a chunk without a size, or too large")
            }
            let lineLength = end - view.startIndex + 1
            if size == 0 {
                // Trailers, if any, end with an empty line.
                var rest = buffer
                rest.moveReaderIndex(forwardBy: lineLength)
                while let newline = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                    let length = newline - rest.readableBytesView.startIndex
                    rest.moveReaderIndex(forwardBy: length + 1)
                    if length <= 1 {
                        buffer = rest
                        return .end
                    }
                }
                return .incomplete
            }
            guard buffer.readableBytes >= lineLength + size + 2 else { return .incomplete }
            buffer.moveReaderIndex(forwardBy: lineLength)
            if var chunk = buffer.readSlice(length: size) { body.writeBuffer(&chunk) }
            guard buffer.readBytes(length: 2) == [13, 10] else { return .malformed("a chunk without its end") }
        }
    }
}
