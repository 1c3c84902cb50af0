/// A parsed head: offsets into the bytes of the message, which begin with the head and go on with the body. No header is
/// kept as such; the few that frame the message were noted while all of them were checked.
struct RequestHead: Sendable, Equatable {
    /// Half-open, from the start of the message.
    struct Span: Sendable, Equatable {
        var start: Int32 = 0
        var end: Int32 = 0

        init() {}

        init(_ range: Range<Int>) {
            start = Int32(truncatingIfNeeded: range.lowerBound)
            end = Int32(truncatingIfNeeded: range.upperBound)
        }

        var range: Range<Int> { Int(start)..<Int(end) }
        var isEmpty: Bool { start == end }
    }

    var method = MethodCode.other
    /// 0 or 1.
    var minorVersion: UInt8 = 1
    /// What the client wants; the server may still close.
    var isKeptAlive = true
    var expectsContinue = false
    var isChunked = false
    var methodSpan = Span()
    /// As sent.
    var target = Span()
    /// Without scheme, authority and query. Empty for "http://host", which means "/".
    var path = Span()
    /// Without the question mark.
    var query = Span()
    /// The header lines, each with its CR LF.
    var headers = Span()
    /// The client's own x-request-id if it is usable, else empty.
    var requestID = Span()
    /// A bit for the length of each header's name: most look-ups are of headers that are not there. 63: or longer.
    var nameLengths: UInt64 = 0
    /// The first Content-Type, else empty.
    var contentType = Span()
    /// To and with the empty line.
    var byteCount = 0
    var bodyByteCount = 0
}
