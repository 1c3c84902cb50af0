internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// HTTP/1.1 requests out of bytes (RFC 9112), strictly: what two readers could frame differently is refused.
///
/// Pure: bytes go in, whole requests or one refusal come out, and where the bytes were cut on their way does not matter.
/// After a refusal the parser is used up.
struct RequestParser: Sendable {
    /// Bytes.
    struct Limits: Sendable {
        var head = 16 * 1024
        var body = 64 * 1024
        var target = 8 * 1024
    }

    /// What the bytes so far amount to.
    enum Step {
        /// More bytes are needed; `buffer` keeps what belongs to the unfinished request.
        case incomplete(Awaited)
        /// The client waits for `100 Continue` before it sends the body. Said once a request.
        case expectsContinue
        /// The message's bytes: head, then the body without its framing.
        case request(RequestHead, ByteBuffer)
        case refused(Refusal)
    }

    enum Awaited: Sendable, Equatable {
        case nothingYet
        case head
        case body
    }

    private enum Stage {
        case requestLine
        case headers
        case fixedBody
        case chunked
    }

    private let limits: Limits
    private var stage = Stage.requestLine
    private var head = RequestHead()
    private var notes = HeaderNotes()
    private var chunks = ChunkedBody()
    /// Offsets from the start of the message: of the line being read, and up to where there is no line feed in it.
    private var lineStart = 0
    private var scanned = 0
    private var saidContinue = false

    /// The longest method token.
    private static let mostMethodBytes = 32

    init(limits: Limits) { self.limits = limits }

    /// Whether bytes of a request are kept here rather than in the buffer.
    var isWithinRequest: Bool { stage != .requestLine }

    /// Consumes at most one request from `buffer`; call again until `incomplete`.
    mutating func next(from buffer: inout ByteBuffer) -> Step {
        if stage == .requestLine || stage == .headers {
            let outcome = buffer.withUnsafeReadableBytes { parseHead($0) }
            switch outcome {
            case .refused(let refusal): return .refused(refusal)
            case .incomplete:
                let isEmpty = stage == .requestLine && lineStart == buffer.readableBytes
                return .incomplete(isEmpty ? .nothingYet : .head)
            case .complete: break
            }
        }
        return stage == .fixedBody ? fixedBody(from: &buffer) : chunkedBody(from: &buffer)
    }

    // MARK: - Head

    private enum Outcome {
        case incomplete
        case complete
        case refused(Refusal)
    }

    private mutating func parseHead(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        while true {
            let lineFeed = indexOfLineFeed(in: bytes, from: scanned)
            // Limits come first, and count the same whether or not the line feed is there yet.
            let lineBytes = (lineFeed ?? bytes.count) - lineStart
            if stage == .requestLine, lineBytes > min(limits.target + Self.mostMethodBytes + 11, limits.head - 1) {
                return .refused(.targetLength)
            }
            if (lineFeed ?? bytes.count) >= limits.head { return .refused(.headLength) }
            guard let lineFeed else {
                scanned = bytes.count
                return .incomplete
            }
            guard lineFeed > lineStart, bytes[lineFeed - 1] == UInt8(ascii: "\r") else {
                return .refused(.bareLineFeed)
            }
            let line = lineStart..<(lineFeed - 1)
            lineStart = lineFeed + 1
            scanned = lineStart
            if stage == .requestLine {
                // RFC 9112, section 2.2: one empty line before a request is ignored.
                if line.isEmpty, line.lowerBound == 0 { continue }
                if let refusal = parseRequestLine(bytes, line) { return .refused(refusal) }
                stage = .headers
                head.headers = RequestHead.Span(lineStart..<lineStart)
            } else if line.isEmpty {
                head.byteCount = lineStart
                if let refusal = notes.finish(&head, bodyLimit: limits.body) { return .refused(refusal) }
                stage = head.isChunked ? .chunked : .fixedBody
                return .complete
            } else {
                if let refusal = notes.add(bytes, line, to: &head) { return .refused(refusal) }
                head.headers.end = Int32(truncatingIfNeeded: lineStart)
            }
        }
    }

    private mutating func parseRequestLine(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Refusal? {
        var index = line.lowerBound
        while index < line.upperBound, ASCIISet.token.contains(bytes[index]) { index &+= 1 }
        guard index > line.lowerBound, index < line.upperBound, bytes[index] == UInt8(ascii: " "),
            index - line.lowerBound <= Self.mostMethodBytes
        else { return .method }
        head.methodSpan = RequestHead.Span(line.lowerBound..<index)
        head.method = MethodCode(token: UnsafeRawBufferPointer(rebasing: bytes[line.lowerBound..<index]))

        let targetStart = index + 1
        index = targetStart
        var questionMark: Int?
        while index < line.upperBound {
            if index &+ 8 <= line.upperBound, bytes.isPlainTarget(at: index) {
                index &+= 8
                continue
            }
            let byte = bytes[index]
            guard ASCIISet.target.contains(byte) else { break }
            if byte == UInt8(ascii: "%") {
                guard index + 2 < line.upperBound, hexValue(bytes[index + 1]) != nil,
                    hexValue(bytes[index + 2]) != nil
                else { return .target }
            } else if byte == UInt8(ascii: "?"), questionMark == nil {
                questionMark = index
            }
            index &+= 1
        }
        guard index > targetStart, index < line.upperBound else { return .requestLine }
        guard bytes[index] == UInt8(ascii: " ") else { return .target }
        if index - targetStart > limits.target { return .targetLength }
        head.target = RequestHead.Span(targetStart..<index)
        guard setPath(bytes, targetStart..<(questionMark ?? index)) else { return .target }
        head.query = RequestHead.Span(questionMark.map { ($0 + 1)..<index } ?? index..<index)
        return parseVersion(UnsafeRawBufferPointer(rebasing: bytes[(index + 1)..<line.upperBound]))
    }

    /// RFC 9112, section 3.2: "/path", "http://host/path", or "*" for OPTIONS.
    private mutating func setPath(_ bytes: UnsafeRawBufferPointer, _ target: Range<Int>) -> Bool {
        if bytes[target.lowerBound] == UInt8(ascii: "/") {
            head.path = RequestHead.Span(target)
            return true
        }
        if target.count == 1, bytes[target.lowerBound] == UInt8(ascii: "*") {
            head.path = RequestHead.Span(target)
            return head.method == .options
        }
        guard let colon = bytes[target].firstIndex(of: UInt8(ascii: ":")), colon + 3 < target.upperBound,
            bytes[colon + 1] == UInt8(ascii: "/"), bytes[colon + 2] == UInt8(ascii: "/")
        else { return false }
        let scheme = bytes[target.lowerBound..<colon].map { $0 | 0x20 }
        guard scheme == Array("http".utf8) || scheme == Array("https".utf8) else { return false }
        let pathStart = bytes[(colon + 3)..<target.upperBound].firstIndex(of: UInt8(ascii: "/")) ?? target.upperBound
        head.path = RequestHead.Span(pathStart..<target.upperBound)
        return pathStart > colon + 3 && bytes[(colon + 3)..<pathStart].allSatisfy(ASCIISet.host.contains)
    }

    private mutating func parseVersion(_ version: UnsafeRawBufferPointer) -> Refusal? {
        // "HTTP/1.1", the least significant byte first.
        if version.count == 8, version.loadUnaligned(as: UInt64.self).littleEndian == 0x312E_312F_5054_5448 {
            head.minorVersion = 1
            return nil
        }
        guard version.count == 8, version[0..<5].elementsEqual("HTTP/".utf8), version[6] == UInt8(ascii: "."),
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(version[5]),
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(version[7])
        else { return .versionSyntax }
        guard version[5] == UInt8(ascii: "1"), version[7] <= UInt8(ascii: "1") else { return .version }
        head.minorVersion = version[7] - UInt8(ascii: "0")
        return nil
    }

    // MARK: - Body

    private mutating func fixedBody(from buffer: inout ByteBuffer) -> Step {
        let byteCount = head.byteCount + head.bodyByteCount
        guard let message = buffer.readSlice(length: byteCount) else {
            return waiting(hasBodyBytes: buffer.readableBytes > head.byteCount)
        }
        return finish(message)
    }

    private mutating func chunkedBody(from buffer: inout ByteBuffer) -> Step {
        if chunks.message == nil {
            let hasBodyBytes = buffer.readableBytes > head.byteCount
            guard hasBodyBytes else { return waiting(hasBodyBytes: false) }
            guard let bytes = buffer.readSlice(length: head.byteCount) else { return .incomplete(.head) }
            chunks.begin(with: bytes)
        }
        switch chunks.next(from: &buffer, bodyLimit: limits.body, overheadLimit: limits.head) {
        case .refused(let refusal): return .refused(refusal)
        case .incomplete: return waiting(hasBodyBytes: true)
        case .complete(let message):
            head.bodyByteCount = message.readableBytes - head.byteCount
            return finish(message)
        }
    }

    private mutating func waiting(hasBodyBytes: Bool) -> Step {
        if head.expectsContinue, !saidContinue, !hasBodyBytes {
            saidContinue = true
            return .expectsContinue
        }
        return .incomplete(.body)
    }

    private mutating func finish(_ message: ByteBuffer) -> Step {
        defer { self = RequestParser(limits: limits) }
        return .request(head, message)
    }
}

/// The index of the first line feed at or after `start`.
@inline(__always)
func indexOfLineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    index(of: 0x0A, in: bytes, from: start)
}

/// The index of the first such byte at or after `start`.
@inline(__always)
func index(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + start, Int32(byte), bytes.count - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
}
