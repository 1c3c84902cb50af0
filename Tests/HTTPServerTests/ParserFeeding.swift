import NIOCore

@testable import HTTPServer

/// What a parser made of some bytes.
struct Parsed: Equatable, CustomStringConvertible {
    struct Request: Equatable {
        var head: RequestHead
        var headText: String
        var body: [UInt8]
    }

    var requests: [Request] = []
    var refusal: Refusal?
    /// Whether something is left that is no whole request.
    var awaited: RequestParser.Awaited?

    var description: String {
        let texts = requests.map { "\($0.headText.debugDescription) + \($0.body.count) bytes" }
        return "\(texts) refusal: \(refusal.map { "\($0)" } ?? "none") awaited: \(awaited.map { "\($0)" } ?? "-")"
    }
}

/// Feeds `pieces` one after the other, as a connection does.
func parse(_ pieces: [ArraySlice<UInt8>], limits: RequestParser.Limits = .init()) -> Parsed {
    var parser = RequestParser(limits: limits)
    var buffer = ByteBuffer()
    var parsed = Parsed()
    for piece in pieces {
        buffer.writeBytes(piece)
        feeding: while true {
            switch parser.next(from: &buffer) {
            case .request(let head, let message):
                let bytes = Array(message.readableBytesView)
                parsed.requests.append(
                    Parsed.Request(
                        head: head, headText: String(decoding: bytes[..<head.byteCount], as: UTF8.self),
                        body: Array(bytes[head.byteCount...])))
            case .expectsContinue: continue
            case .incomplete(let awaited):
                parsed.awaited = awaited
                break feeding
            case .refused(let refusal):
                parsed.refusal = refusal
                parsed.awaited = nil
                return parsed
            }
        }
    }
    return parsed
}

/// Whole, cut in two at each boundary, and byte by byte: the cuts at which the outcome differs from that of the whole. Of
/// long ones the ends and each 61st boundary, to stay linear.
func cutsThatMatter(_ bytes: [UInt8], limits: RequestParser.Limits = .init()) -> [String] {
    let whole = parse([bytes[...]], limits: limits)
    var cuts: [String] = []
    let isLong = bytes.count > 3_000
    for cut in 1..<max(1, bytes.count) where !isLong || cut < 100 || cut > bytes.count - 100 || cut % 61 == 0 {
        let parsed = parse([bytes[..<cut], bytes[cut...]], limits: limits)
        if parsed != whole { cuts.append("at \(cut): \(parsed), whole: \(whole)") }
    }
    let single = parse(bytes.indices.map { bytes[$0...$0] }, limits: limits)
    if single != whole { cuts.append("byte by byte: \(single), whole: \(whole)") }
    return cuts
}
