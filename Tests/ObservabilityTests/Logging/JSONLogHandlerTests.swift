import Foundation
import Logging
import Testing
import Tracing

@testable import Observability

@Suite struct JSONLogHandlerTests {
    private func handler(_ file: LogFile, level: Logger.Level = .trace) -> JSONLogHandler {
        JSONLogHandler(
            label: "test", level: level, writer: file.writer, metadataProvider: .serviceContext,
            now: { 1_795_253_400_250 })
    }

    private func logger(_ file: LogFile, level: Logger.Level = .trace) -> Logger {
        let handler = handler(file, level: level)
        return Logger(label: "test") { _ in handler }
    }

    @Test func aLineIsOneObjectWithIdsFirstAndTheRestByName() throws {
        let file = LogFile()
        var logger = logger(file)
        logger[.role] = "public"
        logger.info(
            "served",
            metadata: .keys([
                .requestID: "r-1", .status: .stringConvertible(200), .traceID: "1-5759e988-bd862e3fe1be46a994272793",
                .durationMilliseconds: .stringConvertible(1.5), .route: "/a\"b\\c\n\r\t\u{1}\u{7F}é/\u{1F3AB}",
                .address: ["10.0.0.1", .dictionary(["b": "2", "a": .stringConvertible(true)])],
            ]))
        #expect(
            try file.text()
                == #"{"ts":"2026-11-21T09:30:00.250Z","level":"info","logger":"test","message":"served","#
                + #""trace_id":"1-5759e988-bd862e3fe1be46a994272793","request_id":"r-1","#
                + #""address":["10.0.0.1",{"a":true,"b":"2"}],"duration_ms":1.5,"role":"public","#
                + #""route":"/a\"b\\c\n\r\t\u0001\u007fé/"# + "\u{1F3AB}" + #"","status":200}"# + "\n")
    }

    @Test func anyStringSurvivesTheRoundTrip() throws {
        let file = LogFile()
        let logger = logger(file)
        let texts = [
            (0...0x7F).map { String(UnicodeScalar($0)) }.joined(), "\u{2028}\u{2029}\u{FEFF}", "\"}\n{\"level\":\"x\"}",
            "",
        ]
        for text in texts { logger.error("\(text)", metadata: ["k": "\(text)", "\(text)": "v"]) }
        let objects = try file.objects()
        try #require(objects.count == texts.count)
        for (object, text) in zip(objects, texts) {
            #expect(object["message"] as? String == text)
            #expect(object["k"] as? String == text)
            #expect(object[text] as? String == "v")
            #expect(object["level"] as? String == "error")
        }
    }

    @Test func eachCharacterIsEscapedByItself() throws {
        let file = LogFile()
        let logger = logger(file)
        let characters = (0...0x7F).map { String(UnicodeScalar($0)) }
        for character in characters { logger.info("a\(character)b", metadata: ["k\(character)": "\(character)"]) }
        let objects = try file.objects()
        #expect(objects.map { $0["message"] as? String } == characters.map { "a\($0)b" })
        #expect(zip(objects, characters).allSatisfy { $0["k" + $1] as? String == $1 })
    }

    @Test(arguments: [
        "authorization", "Authorization", "Proxy-Authorization", "x-room-token", "X_ROOM_TOKEN", "roomToken",
        "idempotency-key", "Idempotency-Key", "idempotencyKey", "idem", "password", "DB_PASSWORD", "secret",
        "client_secret", "token", "aws.session_token", "body", "cookie", "set-cookie", "x-signature", "qr",
    ])
    func secretsAreMasked(_ name: String) throws {
        let file = LogFile()
        var logger = logger(file)
        logger[metadataKey: name] = "leak-1"
        logger.info("a")
        logger.info("b", metadata: ["outer": [name: ["leak-2", ["inner": "leak-3"]]]])
        let text = try file.text()
        #expect(!text.contains("leak"))
        #expect(text.components(separatedBy: "\"\(name)\":\"***\"").count == 4)
    }

    @Test func namesThatCarryNoSecretStay() {
        for key in LogKey.allCases { #expect(!Redaction.standard.covers(key.rawValue), "\(key)") }
        #expect(!Redaction.standard.covers("bytes"))
        #expect(!Redaction.standard.covers("body_bytes"))
    }

    @Test func metadataCannotForgeTheFixedMembers() throws {
        let file = LogFile()
        logger(file).info("real", metadata: ["level": "x", "message": "forged", "ts": "0", "logger": "y"])
        let text = try file.text()
        #expect(text.components(separatedBy: "\"message\":").count == 2)
        let object = try #require(try file.objects().first)
        #expect(object["message"] as? String == "real")
        #expect(object["metadata_message"] as? String == "forged")
    }

    @Test func longValuesAreCutAtAScalarAndLongLinesEnd() throws {
        let file = LogFile()
        let logger = logger(file)
        logger.info("cut", metadata: ["k": "a\(String(repeating: "é", count: 4_000))"])
        logger.info(
            "many",
            metadata: .init(
                uniqueKeysWithValues: (0..<500).map { ("k\($0)", "\(String(repeating: "x", count: 4_000))") }))
        let objects = try file.objects()
        #expect((objects[0]["k"] as? String)?.utf8.count == 4_095)
        #expect(objects[1]["truncated"] as? Bool == true)
        #expect(try file.text().utf8.count < 4_500 + 32 << 10 + 4_500)
    }

    @Test func theIdsOfTheTaskAreOnItsLines() throws {
        let file = LogFile()
        let logger = logger(file)
        var context = ServiceContext.topLevel
        context.traceHeader = TraceHeader("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
        context.requestID = "r-7"
        ServiceContext.withValue(context) { logger.info("in") }
        logger.info("out")
        let objects = try file.objects()
        #expect(objects[0]["trace_id"] as? String == "1-5759e988-bd862e3fe1be46a994272793")
        #expect(objects[0]["request_id"] as? String == "r-7")
        #expect(objects[1]["trace_id"] == nil)
    }

    @Test func linesBelowTheLevelAreNotWritten() throws {
        let file = LogFile()
        let logger = logger(file, level: .warning)
        logger.info("no")
        logger.warning("yes")
        #expect(try file.objects().map { $0["message"] as? String } == ["yes"])
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z"),
        (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
    ])
    func timesAreUTC(milliseconds: Int64, text: String) {
        #expect(iso8601(milliseconds: milliseconds) == text)
    }

    @Test func levelsAreReadInAnyCaseAndOthersRefused() throws {
        for level in Logger.Level.allCases { #expect(try Logger.Level.parse(level.rawValue.uppercased()) == level) }
        let error = #expect(throws: ObservabilityError.self) { try Logger.Level.parse("verbose") }
        #expect(error?.code == .invalidSetting)
        #expect(
            error?.description
                == "LOG_LEVEL=verbose is no log level: "
                + "set it to one of trace, debug, info, notice, warning, error, critical"
        )
    }
}
