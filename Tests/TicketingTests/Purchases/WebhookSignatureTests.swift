import OpenSSLCrypto
import Testing
import Ticketing

@Suite struct WebhookSignatureTests {
    private let signature = WebhookSignature(secret: Array("whsec".utf8))
    private let body = Array(#"{"eventType":"approved"}"#.utf8)

    private func refusal(_ header: String?, body: [UInt8]? = nil, at now: Timestamp = Sample.now)
        -> WebhookSignatureError?
    {
        do {
            try signature.verify(header: header, body: body ?? self.body, at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the header is the HMAC of time and body`() {
        let header = signature.header(body: body, at: Sample.now)
        #expect(header == "t=1800000000,v1=4236fbc60ddaed2408ed7126c88151f2a5b9fecb9a1cf3b52e7f7ae711e1bffd")
        #expect(refusal(header) == nil)
    }

    @Test func `it holds for five minutes either way`() {
        let header = signature.header(body: body, at: Sample.now)
        for seconds in [-300, 300] { #expect(refusal(header, at: Sample.now + .seconds(seconds)) == nil) }
        for milliseconds in [-300_001, 300_001] {
            #expect(refusal(header, at: Sample.now + .milliseconds(milliseconds)) == .stale)
        }
    }

    @Test func `another body, time or secret is wrong`() {
        let header = signature.header(body: body, at: Sample.now)
        #expect(refusal(header, body: body + [0x20]) == .wrong)
        #expect(refusal(header, body: []) == .wrong)
        #expect(refusal(header.replacing("t=1800000000", with: "t=1800000001")) == .wrong)
        #expect(refusal(WebhookSignature(secret: [1]).header(body: body, at: Sample.now)) == .wrong)
        let code = header.split(separator: "v1=")[1]
        #expect(refusal("t=1800000000,v1=\(code.dropLast(2))") == .wrong)
        #expect(refusal("t=1800000000,v1=") == .wrong)
        // The time is signed as it is spelled.
        #expect(refusal("t=01800000000,v1=\(code)") == .wrong)
    }

    @Test func `one of several signatures is enough, and other schemes do not count`() {
        let code = signature.header(body: body, at: Sample.now).split(separator: "v1=")[1]
        let other = String(repeating: "0", count: 64)
        #expect(refusal("t=1800000000,v1=\(other),v1=\(code)") == nil)
        #expect(refusal("t=1800000000, v0=\(other), v1=\(code.uppercased())") == nil)
        #expect(refusal("t=1800000000,v1=\(other)") == .wrong)
        #expect(refusal("t=1800000000,v0=\(code)") == .malformed)
        let many = Array(repeating: "v1=00", count: 9).joined(separator: ",")
        #expect(refusal("t=1800000000,\(many)") == .malformed)
    }

    @Test(arguments: [
        "", "t=1800000000", "v1=00", "t=,v1=00", "t=-1,v1=00", "t=+1,v1=00", "t=1e9,v1=00", "t=1,t=1,v1=00",
        "t=9999999999999999999,v1=00", "t=1,v1=0", "t=1,v1=zz", "t=1;v1=00", "t=1,,v1=00", "x",
        String(repeating: "v1=00,", count: 1_000),
    ])
    func `what is no signature is refused`(header: String) {
        #expect(refusal(header) == .malformed)
    }

    @Test func `none is missing, and printing one shows no secret`() {
        #expect(refusal(nil) == .missing)
        var dumped = ""
        dump(signature, to: &dumped)
        #expect("\(dumped)\(signature)" == "- WebhookSignature\nWebhookSignature")
    }
}
