import NIOCore
import Testing

@testable import HTTPServer

@Suite struct RequestParserTests {
    struct Refused: CustomTestStringConvertible, Sendable {
        var name: String
        var text: String
        var refusal: Refusal
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ refusal: Refusal) {
            self.name = name
            self.text = text
            self.refusal = refusal
        }
    }

    static let refused: [Refused] = [
        // The list of the contract.
        Refused("both lengths", head("Content-Length: 3", "Transfer-Encoding: chunked") + "abc", .lengthAndCoding),
        Refused(
            "both lengths, coding first", head("Transfer-Encoding: chunked", "Content-Length: 3"), .lengthAndCoding),
        Refused("two differing lengths", head("Content-Length: 3", "Content-Length: 4") + "abcd", .contentLength),
        Refused("two equal lengths", head("Content-Length: 3", "content-length: 3") + "abc", .contentLength),
        Refused("a list of lengths", head("Content-Length: 3, 3") + "abc", .contentLength),
        Refused("obs-fold", head("X-Long: a\r\n b"), .foldedHeader),
        Refused("obs-fold by tab", head("X-Long: a\r\n\tb"), .foldedHeader),
        Refused("space before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedHeader),
        Refused("bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
        Refused("bare LF after a header", "GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
        Refused("bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
        Refused("bare CR in a value", head("X: a\rb"), .headerValue),
        Refused("bare CR in a name", head("X\r: a"), .headerName),
        Refused("bare CR in the request line", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .versionSyntax),
        Refused("bare CR in the target", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        Refused("CR CR LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", .headerName),
        Refused("space before the colon", head("Content-Length : 3") + "abc", .headerName),
        Refused("tab before the colon", head("Transfer-Encoding\t: chunked"), .headerName),
        Refused("NUL in a value", head("X: a\0b"), .headerValue),
        Refused("NUL in a name", head("X\0: a"), .headerName),
        Refused("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", .target),
        Refused("NUL in the method", "G\0T / HTTP/1.1\r\nHost: a\r\n\r\n", .method),
        Refused("no Host on 1.1", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", .missingHost),
        // Chunks.
        Refused("chunk without a size", chunked("\r\nabc\r\n0\r\n\r\n"), .chunk),
        Refused("chunk size that is no number", chunked("xyz\r\n"), .chunk),
        Refused("chunk size with a sign", chunked("+3\r\nabc\r\n0\r\n\r\n"), .chunk),
        Refused("chunk size with 0x", chunked("0x3\r\nabc\r\n0\r\n\r\n"), .chunk),
        Refused("space before the chunk size", chunked(" 3\r\nabc\r\n0\r\n\r\n"), .chunk),
        Refused("space after the chunk size", chunked("3 \r\nabc\r\n0\r\n\r\n"), .chunk),
        Refused("chunk size of 17 digits", chunked("00000000000000003\r\nabc\r\n0\r\n\r\n"), .chunk),
        Refused("chunk size past 64 bits", chunked("ffffffffffffffff\r\n"), .chunk),
        Refused("bare LF after the chunk size", chunked("3\nabc\r\n0\r\n\r\n"), .chunk),
        Refused("chunk data longer than its size", chunked("3\r\nabcd\r\n0\r\n\r\n"), .chunk),
        Refused("chunk data shorter than its size", chunked("3\r\nab\r\n0\r\n\r\n"), .chunk),
        Refused("chunk data without an end", chunked("3\r\nabcxx0\r\n\r\n"), .chunk),
        Refused("bare LF after chunk data", chunked("3\r\nabc\n0\r\n\r\n"), .chunk),
        Refused("control character in an extension", chunked("3;a=\u{1}\r\nabc\r\n0\r\n\r\n"), .chunk),
        Refused("endless chunk line", chunked("3;" + String(repeating: "a", count: 1100)), .chunk),
        Refused(
            "extensions past their bound",
            chunked(String(repeating: "1;" + String(repeating: "e", count: 900) + "\r\na\r\n", count: 20)), .chunk),
        Refused("bare LF in a trailer", chunked("0\r\nX: a\n\r\n"), .bareLineFeed),
        Refused("folded trailer", chunked("0\r\nX: a\r\n b\r\n\r\n"), .foldedHeader),
        Refused("trailer without a colon", chunked("0\r\nnonsense\r\n\r\n"), .headerName),
        Refused("control character in a trailer", chunked("0\r\nX: \u{2}\r\n\r\n"), .headerValue),
        Refused("trailers past their bound", chunked("0\r\n" + longHeaders(20)), .trailerLength),
        Refused("one endless trailer", chunked("0\r\nX: " + String(repeating: "a", count: 17_000)), .trailerLength),
        // Request line.
        Refused("nothing but an empty line twice", "\r\n\r\n", .method),
        Refused("HTTP/0.9", "GET /\r\n", .requestLine),
        Refused("no method", " / HTTP/1.1\r\n", .method),
        Refused("method that is no token", "GE(T / HTTP/1.1\r\n", .method),
        Refused("method of 33 characters", String(repeating: "A", count: 33) + " / HTTP/1.1\r\n", .method),
        Refused("two spaces before the target", "GET  / HTTP/1.1\r\n", .requestLine),
        Refused("two spaces after the target", "GET /  HTTP/1.1\r\n", .versionSyntax),
        Refused("space at the end", "GET / HTTP/1.1 \r\n", .versionSyntax),
        Refused("tab between", "GET\t/ HTTP/1.1\r\n", .method),
        Refused("fragment", "GET /a#b HTTP/1.1\r\n", .target),
        Refused("byte above ASCII in the target", "GET /é HTTP/1.1\r\n", .target),
        Refused("percent without digits", "GET /%zz HTTP/1.1\r\n", .target),
        Refused("percent at the end", "GET /%4 HTTP/1.1\r\n", .target),
        Refused("relative target", "GET a/b HTTP/1.1\r\n", .target),
        Refused("asterisk of GET", "GET * HTTP/1.1\r\n", .target),
        Refused("authority form", "CONNECT a:443 HTTP/1.1\r\n", .target),
        Refused("absolute form of another scheme", "GET ftp://a/ HTTP/1.1\r\n", .target),
        Refused("absolute form without a host", "GET http:///a HTTP/1.1\r\n", .target),
        Refused("absolute form with user information", "GET http://u@a/ HTTP/1.1\r\n", .target),
        Refused("lower-case protocol", "GET / http/1.1\r\n", .versionSyntax),
        Refused("version of three digits", "GET / HTTP/1.10\r\n", .versionSyntax),
        Refused("preface of HTTP/2", "PRI * HTTP/2.0\r\n", .target),
        Refused("version 2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", .version),
        Refused("version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", .version),
        Refused("version 0.9", "GET / HTTP/0.9\r\n", .version),
        // Headers.
        Refused("empty name", head(": a"), .headerName),
        Refused("no colon", head("nonsense"), .headerName),
        Refused("name that is no token", head("a b: c"), .headerName),
        Refused("name above ASCII", head("é: c"), .headerName),
        Refused("DEL in a value", head("X: a\u{7F}"), .headerValue),
        Refused("vertical tab before chunked", head("Transfer-Encoding: \u{0B}chunked"), .headerValue),
        Refused("two Hosts", head("Host: b"), .host),
        Refused("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .host),
        Refused("list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .host),
        Refused("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .host),
        Refused("Host with user information", "GET / HTTP/1.1\r\nHost: u@b\r\n\r\n", .host),
        Refused("two Hosts on 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .host),
        Refused("empty length", head("Content-Length:"), .contentLength),
        Refused("negative length", head("Content-Length: -1"), .contentLength),
        Refused("length with a sign", head("Content-Length: +1"), .contentLength),
        Refused("length in hexadecimal", head("Content-Length: 0x1"), .contentLength),
        Refused("length with a space inside", head("Content-Length: 1 1"), .contentLength),
        Refused("empty coding", head("Transfer-Encoding:"), .transferEncoding),
        Refused("chunked twice", head("Transfer-Encoding: chunked, chunked"), .transferEncoding),
        Refused(
            "chunked on two lines", head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), .transferEncoding),
        Refused("chunked not last", head("Transfer-Encoding: chunked, gzip"), .transferEncoding),
        Refused("empty element of codings", head("Transfer-Encoding: ,chunked"), .transferEncoding),
        Refused("coding on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .codingOnOldVersion),
        Refused("coding that is not known", head("Transfer-Encoding: gzip, chunked"), .transferCoding),
        Refused("identity", head("Transfer-Encoding: identity"), .transferCoding),
        Refused("xchunked", head("Transfer-Encoding: xchunked"), .transferCoding),
        Refused("other expectation", head("Expect: 200-ok"), .expectation),
        // Limits.
        Refused("length past the limit", head("Content-Length: 65537"), .bodyLength),
        Refused("length past 64 bits", head("Content-Length: 99999999999999999999999"), .bodyLength),
        Refused("chunk past the limit", chunked("10001\r\n"), .bodyLength),
        Refused(
            "chunks past the limit together",
            chunked("8000\r\n" + String(repeating: "a", count: 0x8000) + "\r\n8001\r\n"),
            .bodyLength),
        Refused(
            "target past the limit", "GET /" + String(repeating: "a", count: 8192) + " HTTP/1.1\r\n", .targetLength),
        Refused("endless target", "GET /" + String(repeating: "a", count: 9000), .targetLength),
        Refused("head past the limit", "GET / HTTP/1.1\r\nHost: a\r\n" + longHeaders(17) + "\r\n", .headLength),
        Refused("endless header", "GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 17_000), .headLength),
    ]

    static func head(_ headers: String...) -> String {
        "POST /a HTTP/1.1\r\nHost: a\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    static func chunked(_ body: String) -> String { head("Transfer-Encoding: chunked") + body }

    static func longHeaders(_ count: Int) -> String {
        (0..<count).map { "X-\($0): " + String(repeating: "v", count: 1000) + "\r\n" }.joined()
    }

    @Test(arguments: refused) func refuses(_ given: Refused) {
        let bytes = Array(given.text.utf8)
        let parsed = parse([bytes[...]])
        #expect(parsed.refusal == given.refusal)
        #expect(parsed.requests.isEmpty)
        #expect(cutsThatMatter(bytes) == [])
    }

    @Test func everyRefusalButTheTimeoutIsReached() {
        #expect(Set(Self.refused.map(\.refusal)) == Set(Refusal.allCases).subtracting([.timeout]))
    }

    @Test func statusesAreThoseOfTheContract() {
        let statuses = Dictionary(uniqueKeysWithValues: Refusal.allCases.map { ($0, $0.status) })
        #expect(statuses[.targetLength] == 414 && statuses[.headLength] == 431 && statuses[.trailerLength] == 431)
        #expect(statuses[.bodyLength] == 413 && statuses[.transferCoding] == 501 && statuses[.version] == 505)
        #expect(statuses[.expectation] == 417 && statuses[.timeout] == 408)
        #expect(statuses.values.count { $0 == 400 } == Refusal.allCases.count - 8)
    }

    struct Accepted: CustomTestStringConvertible, Sendable {
        var name: String
        var text: String
        var target = "/a"
        var path: String?
        var query = ""
        var body = ""
        var isKeptAlive = true
        var testDescription: String { name }
    }

    static let accepted: [Accepted] = [
        Accepted(name: "the least", text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", target: "/"),
        Accepted(
            name: "query", text: "GET /a?b=c&d HTTP/1.1\r\nHost: a:80\r\n\r\n", target: "/a?b=c&d", path: "/a",
            query: "b=c&d"),
        Accepted(
            name: "second question mark", text: "GET /a?b?c HTTP/1.1\r\nHost: a\r\n\r\n", target: "/a?b?c", path: "/a",
            query: "b?c"),
        Accepted(
            name: "unencoded in use", text: "GET /a?{|}^ HTTP/1.1\r\nHost: a\r\n\r\n", target: "/a?{|}^", path: "/a",
            query: "{|}^"),
        Accepted(
            name: "absolute form", text: "GET http://h:1/x?y HTTP/1.1\r\nHost: a\r\n\r\n", target: "http://h:1/x?y",
            path: "/x", query: "y"),
        Accepted(
            name: "absolute form without a path", text: "GET HTTPS://h HTTP/1.1\r\nHost: h\r\n\r\n",
            target: "HTTPS://h",
            path: ""),
        Accepted(name: "asterisk", text: "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", target: "*"),
        Accepted(name: "empty line before", text: "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", target: "/"),
        Accepted(name: "IPv6 Host", text: "GET / HTTP/1.1\r\nHost: [::1]:3000\r\n\r\n", target: "/"),
        Accepted(name: "no space after the colon", text: "GET / HTTP/1.1\r\nHost:a\r\nX:\r\n\r\n", target: "/"),
        Accepted(
            name: "spaces around values", text: "POST /a HTTP/1.1\r\nHost: \t a \t\r\nContent-Length: \t 2 \r\n\r\nhi",
            body: "hi"),
        Accepted(name: "tab and high bytes in a value", text: head("X: a\tb é"), body: ""),
        Accepted(name: "body", text: head("cOnTeNt-LeNgTh: 5") + "hello", body: "hello"),
        Accepted(
            name: "leading zeros", text: head("Content-Length: 0000000000000000000000005") + "hello", body: "hello"),
        Accepted(name: "empty body", text: head("Content-Length: 0")),
        Accepted(name: "close", text: head("Connection: foo, Close"), isKeptAlive: false),
        Accepted(
            name: "close on a second line", text: head("Connection: keep-alive", "Connection: close"),
            isKeptAlive: false),
        Accepted(name: "1.0", text: "GET / HTTP/1.0\r\n\r\n", target: "/", isKeptAlive: false),
        Accepted(name: "1.0 kept", text: "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", target: "/"),
        Accepted(
            name: "1.0 body", text: "POST /a HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", body: "hi", isKeptAlive: false),
        Accepted(
            name: "1.0 expectation is ignored", text: "GET / HTTP/1.0\r\nExpect: x\r\n\r\n", target: "/",
            isKeptAlive: false),
        Accepted(name: "expectation", text: head("Expect: 100-Continue", "Content-Length: 2") + "hi", body: "hi"),
        Accepted(name: "chunks", text: chunked("3\r\nabc\r\n00A\r\n0123456789\r\n0\r\n\r\n"), body: "abc0123456789"),
        Accepted(name: "no chunk", text: chunked("0\r\n\r\n")),
        Accepted(
            name: "coding in capitals", text: head("Transfer-Encoding: CHUNKED") + "1\r\na\r\n000\r\n\r\n", body: "a"),
        Accepted(
            name: "extensions and trailers", text: chunked("1;a=\"b\";c\r\na\r\n0;x\r\nX-Sum: 1\r\nY:\r\n\r\n"),
            body: "a"),
        Accepted(name: "CR LF within a body", text: head("Content-Length: 4") + "\r\n\r\n", body: "\r\n\r\n"),
        Accepted(name: "CR LF within a chunk", text: chunked("4\r\n\r\n\r\n\r\n0\r\n\r\n"), body: "\r\n\r\n"),
        Accepted(
            name: "the longest target",
            text: "GET /" + String(repeating: "a", count: 8191) + " HTTP/1.1\r\nHost: a\r\n\r\n",
            target: "/" + String(repeating: "a", count: 8191)),
    ]

    @Test(arguments: accepted) func accepts(_ given: Accepted) throws {
        let bytes = Array(given.text.utf8)
        let parsed = parse([bytes[...]])
        #expect(parsed.refusal == nil)
        #expect(parsed.awaited == .nothingYet)
        let request = try #require(parsed.requests.first)
        #expect(parsed.requests.count == 1)
        func text(_ span: RequestHead.Span) -> String {
            String(decoding: Array(request.headText.utf8)[span.range], as: UTF8.self)
        }
        #expect(text(request.head.target) == given.target)
        #expect(text(request.head.path) == given.path ?? given.target)
        #expect(text(request.head.query) == given.query)
        #expect(String(decoding: request.body, as: UTF8.self) == given.body)
        #expect(request.head.bodyByteCount == given.body.utf8.count)
        #expect(request.head.isKeptAlive == given.isKeptAlive)
        #expect(cutsThatMatter(bytes) == [])
    }

    @Test func pipelinedRequestsComeOneByOneWhereverTheyAreCut() {
        let text =
            Self.head("Content-Length: 2") + "hi" + Self.chunked("1\r\na\r\n0\r\n\r\n")
            + "\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"
            + "GET /c HTTP/1.1\r\nHost: a\r\nX"
        let bytes = Array(text.utf8)
        let parsed = parse([bytes[...]])
        #expect(parsed.requests.map { $0.body.count } == [2, 1, 0])
        #expect(parsed.refusal == nil && parsed.awaited == .head)
        #expect(cutsThatMatter(bytes) == [])
    }

    @Test func whatComesBeforeARefusalIsStillServed() {
        let bytes = Array((Self.head() + "GET / HTTP/9.9\r\n").utf8)
        let parsed = parse([bytes[...]])
        #expect(parsed.requests.count == 1 && parsed.refusal == .version)
        #expect(cutsThatMatter(bytes) == [])
    }

    @Test func theExpectationIsSaidOnceAndOnlyWhileTheBodyIsAwaited() {
        var parser = RequestParser(limits: .init())
        var buffer = ByteBuffer(string: Self.head("Expect: 100-continue", "Content-Length: 2"))
        guard case .expectsContinue = parser.next(from: &buffer) else { return #expect(Bool(false), "not said") }
        guard case .incomplete(.body) = parser.next(from: &buffer) else { return #expect(Bool(false), "said twice") }
        buffer.writeString("hi")
        guard case .request = parser.next(from: &buffer) else { return #expect(Bool(false), "no request") }
        buffer.writeString(Self.head("Expect: 100-continue", "Content-Length: 2") + "h")
        guard case .incomplete(.body) = parser.next(from: &buffer) else {
            return #expect(Bool(false), "said although the body is coming")
        }
    }

    @Test func theTablesOfCharactersAreThoseOfTheStandards() {
        let alphanumerics = Set(
            (0x30...0x39).map(UInt8.init) + (0x41...0x5A).map(UInt8.init) + (0x61...0x7A).map(UInt8.init))
        let token = alphanumerics.union("!#$%&'*+-.^_`|~".utf8)
        let host = alphanumerics.union("-._~%!$&'()*+;=:[]".utf8)
        let target = Set((0x21...0x7E).map(UInt8.init)).subtracting("#".utf8)
        for byte in UInt8.min ... .max {
            #expect(ASCIISet.token.contains(byte) == token.contains(byte))
            #expect(ASCIISet.host.contains(byte) == host.contains(byte))
            #expect(ASCIISet.target.contains(byte) == target.contains(byte))
        }
    }

    @Test func eachByteOfATargetIsChecked() {
        for byte in UInt8.min ... .max {
            for position in 1..<20 {
                var target = Array("/" + String(repeating: "z", count: 19)).map { $0.asciiValue ?? 0 }
                target[position] = byte
                var buffer = ByteBuffer(bytes: Array("GET ".utf8) + target + Array(" HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                var parser = RequestParser(limits: RequestParser.Limits())
                var head: RequestHead?
                if case .request(let parsed, _) = parser.next(from: &buffer) { head = parsed }
                // A space ends it, and what follows is no version; "%" wants two digits; "?" begins the query.
                let isAllowed = (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "#") && byte != UInt8(ascii: "%")
                #expect((head != nil) == isAllowed, "\(byte) at \(position)")
                let path = byte == UInt8(ascii: "?") ? position : 20
                if let head { #expect(head.path.range.count == path, "\(byte) at \(position)") }
            }
        }
    }

    @Test func eachByteOfAValueIsChecked() {
        for byte in UInt8.min ... .max {
            for position in 0..<20 {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
                bytes[position] = byte
                let isAllowed = bytes.withUnsafeBytes { $0.isFieldContent }
                #expect(isAllowed == (byte == 9 || (byte >= 0x20 && byte != 0x7F)), "\(byte) at \(position)")
            }
        }
    }
}
