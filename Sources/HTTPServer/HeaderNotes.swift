/// What the headers of one head say about its framing, gathered line by line.
struct HeaderNotes: Sendable {
    private var hasHost = false
    private var hasLength = false
    private var hasCoding = false
    private var hasUnknownCoding = false
    private var hasClose = false
    private var hasKeepAlive = false
    private var hasUnknownExpectation = false

    /// Checks one line without its CR LF, and notes it where it matters.
    mutating func add(
        _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>, to head: inout RequestHead
    ) -> Refusal? {
        let colon: Int
        switch checkHeaderLine(bytes, line) {
        case .colon(let index): colon = index
        case .refused(let refusal): return refusal
        }
        let name = UnsafeRawBufferPointer(rebasing: bytes[line.lowerBound..<colon])
        head.nameLengths |= 1 << UInt64(min(63, name.count))
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"): return addHost(value(bytes, colon, line))
        case 6 where name.equalsIgnoringCase("expect"):
            if value(bytes, colon, line).equalsIgnoringCase("100-continue") {
                head.expectsContinue = true
            } else {
                hasUnknownExpectation = true
            }
        case 10 where name.equalsIgnoringCase("connection"): addConnection(value(bytes, colon, line))
        case 12 where name.equalsIgnoringCase("content-type"):
            if head.contentType.isEmpty { head.contentType = span(of: value(bytes, colon, line), in: bytes) }
        case 12 where name.equalsIgnoringCase("x-request-id"):
            let value = value(bytes, colon, line)
            if head.requestID.isEmpty, (1...128).contains(value.count), value.allSatisfy({ (0x21...0x7E) ~= $0 }) {
                head.requestID = span(of: value, in: bytes)
            }
        case 14 where name.equalsIgnoringCase("content-length"):
            return addLength(value(bytes, colon, line), to: &head)
        case 17 where name.equalsIgnoringCase("transfer-encoding"): return addCoding(value(bytes, colon, line))
        default: break
        }
        return nil
    }

    /// What only all headers together decide (RFC 9112, sections 3.2 and 6).
    func finish(_ head: inout RequestHead, bodyLimit: Int) -> Refusal? {
        if head.minorVersion == 0 {
            if hasCoding { return .codingOnOldVersion }
            head.isKeptAlive = hasKeepAlive && !hasClose
            // RFC 9110, section 10.1.1: an HTTP/1.0 client cannot mean it.
            head.expectsContinue = false
        } else {
            if !hasHost { return .missingHost }
            head.isKeptAlive = !hasClose
        }
        if hasCoding, hasLength { return .lengthAndCoding }
        if hasUnknownCoding { return .transferCoding }
        if hasUnknownExpectation, head.minorVersion > 0 { return .expectation }
        if head.bodyByteCount > bodyLimit { return .bodyLength }
        head.isChunked = hasCoding
        if !hasCoding, head.bodyByteCount == 0 { head.expectsContinue = false }
        return nil
    }

    private func value(
        _ bytes: UnsafeRawBufferPointer, _ colon: Int, _ line: Range<Int>
    ) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)..<line.upperBound]).trimmed
    }

    private func span(of value: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer) -> RequestHead.Span {
        guard let base = bytes.baseAddress, let start = value.baseAddress else { return RequestHead.Span() }
        return RequestHead.Span((start - base)..<(start - base + value.count))
    }

    private mutating func addHost(_ value: UnsafeRawBufferPointer) -> Refusal? {
        guard !hasHost, !value.isEmpty, value.allSatisfy(ASCIISet.host.contains) else { return .host }
        hasHost = true
        return nil
    }

    private mutating func addConnection(_ value: UnsafeRawBufferPointer) {
        for option in value.split(separator: UInt8(ascii: ",")) {
            let option = UnsafeRawBufferPointer(rebasing: option).trimmed
            if option.equalsIgnoringCase("close") { hasClose = true }
            if option.equalsIgnoringCase("keep-alive") { hasKeepAlive = true }
        }
    }

    /// Digits only. A repeated line is refused even if it says the same: the one behind a proxy could read the other.
    private mutating func addLength(_ value: UnsafeRawBufferPointer, to head: inout RequestHead) -> Refusal? {
        guard !hasLength, !value.isEmpty else { return .contentLength }
        hasLength = true
        var length = 0
        for byte in value {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return .contentLength }
            let (tens, isTooLong) = length.multipliedReportingOverflow(by: 10)
            let (sum, isTooMuch) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            length = isTooLong || isTooMuch ? .max / 16 : sum
        }
        head.bodyByteCount = length
        return nil
    }

    private mutating func addCoding(_ value: UnsafeRawBufferPointer) -> Refusal? {
        guard !hasCoding else { return .transferEncoding }
        hasCoding = true
        var isChunked = false
        for coding in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let coding = UnsafeRawBufferPointer(rebasing: coding).trimmed
            // Nothing may follow chunked, and an empty element hides a mistake.
            guard !coding.isEmpty, !isChunked else { return .transferEncoding }
            isChunked = coding.equalsIgnoringCase("chunked")
            if !isChunked { hasUnknownCoding = true }
        }
        return nil
    }
}

/// A header line, checked.
enum HeaderLine {
    /// Where the name ends.
    case colon(Int)
    case refused(Refusal)
}

/// Checks both sides of `name: value` (RFC 9112, section 5). `line` is not empty.
func checkHeaderLine(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> HeaderLine {
    if bytes[line.lowerBound] == UInt8(ascii: " ") || bytes[line.lowerBound] == UInt8(ascii: "\t") {
        return .refused(.foldedHeader)
    }
    var colon = line.lowerBound
    while colon < line.upperBound, ASCIISet.token.contains(bytes[colon]) { colon &+= 1 }
    guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
        return .refused(.headerName)
    }
    guard UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)..<line.upperBound]).isFieldContent else {
        return .refused(.headerValue)
    }
    return .colon(colon)
}
