import NIOCore
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct RequestParserPropertyTests {
    /// What is written is what is read, whatever it is and however it is cut.
    @Test(arguments: [1, 2, 3, 5, 8, 13] as [UInt64]) func validRequestsRoundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let sent = (0..<Int.random(in: 1...4, using: &random)).map { _ in WrittenRequest(using: &random) }
            let bytes = sent.flatMap(\.bytes)
            let parsed = parse(pieces(of: bytes, using: &random))
            #expect(parsed.refusal == nil, "seed \(seed)")
            try #require(parsed.requests.count == sent.count, "seed \(seed)")
            for (read, written) in zip(parsed.requests, sent) {
                let request = HTTPRequest(
                    message: ByteBuffer(bytes: Array(read.headText.utf8) + read.body), head: read.head,
                    connection: ConnectionInfo(
                        eventLoop: try HTTPRequest(.get, "/").eventLoop, remoteAddress: nil, router: Router([])),
                    serial: 1)
                #expect(request.method.name == written.method)
                #expect(request.target == written.target)
                #expect(request.body == ByteBuffer(bytes: written.body))
                for (name, values) in written.headers {
                    #expect(request.header(name.uppercased()) == values.joined(separator: ", "), "seed \(seed)")
                }
            }
        }
    }

    /// Garbage and half-valid bytes: never a trap, and the same outcome however they are cut.
    @Test(arguments: [21, 34, 55] as [UInt64]) func brokenRequestsEndTheSameHoweverCut(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            var bytes = WrittenRequest(using: &random).bytes + WrittenRequest(using: &random).bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0 ... .max, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert([0x0A, 0x0D, 0x20, 0x3A, 0x00].randomElement(using: &random)!, at: index)
                default: bytes.removeLast(min(bytes.count - 1, index / 4))
                }
            }
            let whole = parse([bytes[...]])
            #expect(parse(pieces(of: bytes, using: &random)) == whole, "seed \(seed)")
        }
    }

    private func pieces(of bytes: [UInt8], using random: inout SeededGenerator) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &random))
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }
}

/// A valid request as a client might write it.
private struct WrittenRequest {
    var method: String
    var target: String
    var headers: [(String, [String])] = []
    var body: [UInt8] = []
    var bytes: [UInt8] = []

    init(using random: inout SeededGenerator) {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        func text(_ alphabet: String, _ range: ClosedRange<Int>) -> String {
            let alphabet = Array(alphabet)
            return String((0..<number(range)).map { _ in alphabet[number(0...(alphabet.count - 1))] })
        }
        method = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "M-SEARCH"][number(0...7)]
        target = "/" + text("abcxyz019/._~-", 0...30)
        if number(0...1) == 1 { target += "?" + text("abc=&%41%C3%A9".replacing("%", with: ""), 0...20) + "%41" }
        for index in 0..<number(0...6) {
            let values = (0..<number(1...2)).map { _ in text("abcXYZ 09;=\"/é,", 0...40).trimmingSpaces }
            headers.append(("X-\(index)-" + text("abcXYZ09!#$", 1...10), values))
        }
        body = (0..<number(0...200)).map { _ in UInt8.random(in: 0 ... .max, using: &random) }

        var head = "\(method) \(target) HTTP/1.1\r\nHost: example.com\r\n"
        for (name, values) in headers {
            for value in values { head += "\(name):\(text(" \t", 0...3))\(value)\(text(" \t", 0...3))\r\n" }
        }
        let isChunked = number(0...1) == 1
        if isChunked {
            head += "transfer-ENCODING: chunked\r\n"
        } else if !body.isEmpty || number(0...1) == 1 {
            head += "Content-Length: \(body.count)\r\n"
        }
        bytes = Array((head + "\r\n").utf8)
        guard isChunked else {
            bytes += body
            return
        }
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(number(1...60))
            rest = rest.dropFirst(chunk.count)
            let digits = String(chunk.count, radix: 16, uppercase: number(0...1) == 1)
            bytes += Array((text("0", 0...3) + digits + (number(0...3) == 0 ? ";n=v" : "") + "\r\n").utf8)
            bytes += chunk + [0x0D, 0x0A]
        }
        bytes += Array(("0\r\n" + (number(0...3) == 0 ? "X-Trailer: v\r\n" : "") + "\r\n").utf8)
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
