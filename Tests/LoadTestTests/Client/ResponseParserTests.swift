import NIOCore
import Testing

@testable import LoadTest

@Suite struct ResponseParserTests {
    /// What comes of an answer that arrives in pieces of a size.
    private func parse(_ text: String, pieces size: Int, closes: Bool = false) -> (status: Int, body: String)? {
        var parser = ResponseParser()
        var buffer = ByteBuffer()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            buffer.writeBytes(rest.prefix(size))
            rest = rest.dropFirst(size)
            switch parser.next(&buffer) {
            case .incomplete: continue
            case .response(let response): return rest.isEmpty ? (response.status, String(buffer: response.body)) : nil
            case .malformed: return nil
            }
        }
        return closes ? parser.finishAtClose(&buffer).map { ($0.status, String(buffer: $0.body)) } : nil
    }

    @Test(arguments: [1, 7, 1_000])
    func `an answer is read however it is cut`(size: Int) throws {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\n\r\nhello", 200, "hello"),
            ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, ""),
            ("HTTP/1.1 204\r\n\r\n", 204, ""),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 409 Conflict\r\ncontent-length:2\r\n\r\n{}", 409, "{}"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
                200, "abc0123456789"
            ),
        ]
        for (text, status, body) in cases {
            let answer = try #require(parse(text, pieces: size), "\(text)")
            #expect(answer.status == status)
            #expect(answer.body == body)
        }
        let closed = try #require(parse("HTTP/1.0 200 OK\r\n\r\nall of it", pieces: size, closes: true))
        #expect(closed.body == "all of it")
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
    ])
    func `what is no answer is refused`(text: String) {
        var parser = ResponseParser()
        var buffer = ByteBuffer(string: text)
        guard case .malformed = parser.next(&buffer) else {
            Issue.record("accepted: \(text)")
            return
        }
    }

    @Test func `the connection is kept unless the server says otherwise`() {
        func isKept(_ text: String) -> Bool? {
            var parser = ResponseParser()
            var buffer = ByteBuffer(string: text)
            guard case .response(let response) = parser.next(&buffer) else { return nil }
            return response.isKeptAlive
        }
        #expect(isKept("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == true)
        #expect(isKept("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n") == false)
        #expect(isKept("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") == false)
    }
}
