import Foundation
import Testing

@testable import Delivery

struct BlackBoxTests {
    @Test(
        "what looks like a secret is taken out of a line, and the rest stays",
        arguments: [
            ("connect postgres://ticket:hunter2@db:5432/t failed", "hunter2", "connect postgres://ticket:"),
            ("DB_PASSWORD=hunter2 loaded", "hunter2", "loaded"),
            (#"{"webhookSecret": "hunter2", "level": "info"}"#, "hunter2", #""level": "info""#),
            ("Authorization: Bearer abcdef123456", "abcdef123456", "Authorization"),
            ("x-room-token: abcdefgh12345678", "abcdefgh12345678", "x-room-token"),
            ("key AKIAABCDEFGHIJKLMNOP used", "AKIAABCDEFGHIJKLMNOP", "used"),
            ("got eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl here", "eyJzdWIiOiIx", "here"),
            ("secret: hunter2", "hunter2", "secret"),
        ])
    func redacts(_ line: String, _ secret: String, _ kept: String) {
        let redacted = Redaction.redacted(line)
        #expect(!redacted.contains(secret), "\(redacted)")
        #expect(redacted.contains(kept) && redacted.contains(Redaction.mark), "\(redacted)")
    }

    @Test("an ordinary line stays as it is, and a long one is cut")
    func keeps() {
        let line = "2026-11-21T17:00:00Z info request=GET /public/ready status=200 ms=3"
        #expect(Redaction.redacted(line) == line)
        #expect(Redaction.redacted(String(repeating: "x", count: 100_000)).count == 2_000)
    }

    @Test("every text of the page is escaped: nothing in it is markup")
    func escapes() throws {
        let evil = "<script>alert('1')</script>&\"\u{0}\u{1b}[31m"
        var service = BlackBox.Service(region: evil, service: evil, from: evil, to: evil)
        service.stoppedTasks = [.init(task: evil, revision: evil, code: evil, reason: evil, containers: [evil])]
        service.logLines = [evil]
        service.targets = [.init(target: evil, state: evil, reason: evil)]
        service.events = [.init(time: nil, message: evil)]
        service.gaps = [evil]
        let box = BlackBox(
            release: evil, operation: evil, wave: 1, reason: evil, by: evil, since: Date(), at: Date(),
            services: [service], alarms: [.init(region: evil, name: evil, state: evil, reason: evil)], gaps: [evil])
        let page = BlackBoxPage(box).html
        #expect(!page.contains("<script") && !page.contains("\u{0}") && !page.contains("\u{1b}"))
        #expect(page.components(separatedBy: "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;").count == 26)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        #expect(try decoder.decode(BlackBox.self, from: box.json).services == [service])
    }
}
