import NIOCore
import Testing

@testable import HTTPServer

@Suite struct RenderedResponseTests {
    private func text(_ response: HTTPResponse) -> String {
        String(decoding: RenderedResponse(response).bytes, as: UTF8.self)
    }

    @Test func theBytesAreThoseOfTheStandard() {
        let response = HTTPResponse(
            status: 200, headers: [("Content-Type", "text/plain"), ("ETag", "\"a\"")], text: "hé")
        #expect(
            text(response) == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nETag: \"a\"\r\nContent-Length: 3\r\nhé")
    }

    @Test func aStatusWithoutABodyHasNeitherBodyNorLength() {
        #expect(
            text(HTTPResponse(status: 304, headers: [("ETag", "x")], text: "y"))
                == "HTTP/1.1 304 Not Modified\r\nETag: x\r\n")
        #expect(text(HTTPResponse(status: 204, text: "y")) == "HTTP/1.1 204 No Content\r\n")
    }

    @Test func aValueCannotEndItsLine() {
        let response = HTTPResponse(status: 200, headers: [("Location", "/a\r\nSet-Cookie: b\0")])
        #expect(text(response) == "HTTP/1.1 200 OK\r\nLocation: /a  Set-Cookie: b \r\nContent-Length: 0\r\n")
    }

    @Test func framingIsTheServersOwn() {
        let response = HTTPResponse(
            status: 200,
            headers: [
                ("content-length", "9"), ("Transfer-Encoding", "chunked"), ("CONNECTION", "x"), ("date", "y"),
                ("X-Request-Id", "z"), ("Keep-Alive", "1"), ("a b", "no name"), ("", "none"),
            ])
        #expect(text(response) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")
    }

    @Test func jsonIsSortedAndErrorsHaveTheirTwoFields() {
        struct Body: Encodable {
            var b = "/"
            var a = 1
        }
        #expect(String(buffer: HTTPResponse.json(status: 200, Body()).body) == #"{"a":1,"b":"/"}"#)
        let error = HTTPResponse.error(status: 409, code: "c", message: "m \"q\"", headers: [("Retry-After", "1")])
        #expect(String(buffer: error.body) == #"{"error":"c","message":"m \"q\""}"#)
        #expect(error.header("retry-after") == "1" && error.header("cache-control") == "no-store")
    }

    @Test func whatCannotBeEncodedIsAnInternalError() {
        let response = HTTPResponse.json(status: 200, Double.nan)
        #expect(response.status == 500)
        #expect(String(buffer: response.body).hasPrefix(#"{"error":"internal","message":""#))
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_709_210_096, "Thu, 29 Feb 2024 12:34:56 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ])
    func datesAreThoseOfTheStandard(seconds: Int, text: String) {
        #expect(httpDate(secondsSince1970: seconds) == text)
    }

    @Test func aHeadRenderedOnceGivesTheSameBytes() {
        let headers = [("Content-Type", "application/json"), ("Date", "never")]
        let head = RenderedHead(status: 200, headers: headers)
        for body in ["", "x", String(repeating: "y", count: 1_000)] {
            let rendered = head.response(mostBodyBytes: 1_000) { writer in
                Array(body.utf8).withUnsafeBytes { writer.write($0) }
            }
            let plain = RenderedResponse(HTTPResponse(status: 200, headers: headers, text: body))
            #expect(rendered.status == 200)
            #expect(rendered.bytes == plain.bytes)
            #expect(rendered.headByteCount == plain.headByteCount)
        }
    }
}
