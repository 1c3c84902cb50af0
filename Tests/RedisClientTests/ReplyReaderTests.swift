import NIOCore
import TestSupport
import Testing

@testable import RedisClient

struct ReplyReaderTests {
    private static let stream =
        "+OK\r\n-ERR no such thing\r\n:-42\r\n$5\r\nhe\r\no\r\n$-1\r\n*-1\r\n$0\r\n\r\n*0\r\n"
        + "*3\r\n:1\r\n*2\r\n+a\r\n*1\r\n$1\r\nb\r\n-WRONGTYPE x\r\n:9223372036854775807\r\n"
    private static let values: [RedisValue] = [
        .status("OK"), .error("ERR no such thing"), .integer(-42), .string(Array("he\r\no".utf8)), .null, .null,
        .string([]), .array([]),
        .array([
            .integer(1), .array([.status("a"), .array([.string([98])])]), .error("WRONGTYPE x"),
        ]),
        .integer(.max),
    ]

    private func read(_ pieces: [String.UTF8View.SubSequence], limit: Int = 1 << 20) throws -> [RedisValue] {
        let reader = ReplyReader(maxReplyBytes: limit)
        var values: [RedisValue] = []
        for piece in pieces {
            reader.feed(ByteBuffer(bytes: piece).readableBytesView)
            while let value = try reader.next() { values.append(value) }
        }
        return values
    }

    @Test("every kind of answer, in one piece")
    func whole() throws {
        #expect(try read([Self.stream.utf8[...]]) == Self.values)
    }

    @Test("split at every byte boundary, and byte by byte")
    func split() throws {
        let bytes = Self.stream.utf8
        for index in bytes.indices {
            #expect(try read([bytes[..<index], bytes[index...]]) == Self.values)
        }
        #expect(try read(bytes.indices.map { bytes[$0...$0] }) == Self.values)
    }

    @Test(
        "what is no answer is refused, and stays refused",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", "\u{0}\u{0}\r\n", "$abc\r\n", "$-2\r\n", "*-2\r\n", "*1x\r\n+a\r\n",
            "$99999999999999999999\r\n", "*99999999999\r\n", "%1\r\n+a\r\n+b\r\n", ":\r\n+OK\r\n", ":12a\r\n",
            String(repeating: "*1\r\n", count: 12) + "+deep\r\n",
        ])
    func garbage(text: String) {
        let reader = ReplyReader(maxReplyBytes: 1 << 20)
        reader.feed(ByteBuffer(string: text).readableBytesView)
        let first = #expect(throws: ProtocolViolation.self) { while try reader.next() != nil {} }
        #expect(first?.description.isEmpty == false)
        reader.feed(ByteBuffer(string: "+OK\r\n").readableBytesView)
        #expect(throws: ProtocolViolation.self) { try reader.next() }
    }

    @Test("an answer over the limit is refused as soon as its length is known")
    func tooLong() throws {
        #expect(
            try read(
                ["$1000\r\n".utf8[...], String(repeating: "x", count: 1_000).utf8[...], "\r\n".utf8[...]],
                limit: 2_000
            ).count == 1)
        for declared in ["$2001\r\n", "$2001", "*1\r\n$2001\r\n", "*501\r\n"] {
            #expect(throws: ProtocolViolation.self, "\(declared)") { try read([declared.utf8[...]], limit: 2_000) }
        }
        let line = "+" + String(repeating: "x", count: 3_000)
        #expect(throws: ProtocolViolation.self) { try read([line.utf8[...]], limit: 2_000) }
        let sum = "*3\r\n" + String(repeating: "$900\r\n" + String(repeating: "x", count: 900) + "\r\n", count: 3)
        #expect(throws: ProtocolViolation.self) { try read([sum.utf8[...]], limit: 2_000) }
        let apart = String(repeating: "$900\r\n" + String(repeating: "x", count: 900) + "\r\n", count: 30)
        #expect(try read([apart.utf8[...]], limit: 2_000).count == 30)
    }

    @Test("bytes at random never do worse than a refusal", arguments: 1...50 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("+-:$*0123456789\r\n\r\nab".utf8)
        for _ in 0..<200 {
            var bytes = Array(Self.stream.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                bytes[index] = alphabet[Int.random(in: alphabet.indices, using: &generator)]
            }
            let reader = ReplyReader(maxReplyBytes: 1 << 16)
            var offset = 0
            do throws(ProtocolViolation) {
                while offset < bytes.count {
                    let end = min(bytes.count, offset + .random(in: 1...20, using: &generator))
                    reader.feed(ByteBuffer(bytes: bytes[offset..<end]).readableBytesView)
                    offset = end
                    while try reader.next() != nil {}
                }
            } catch {
                #expect(!error.description.isEmpty, "seed \(seed)")
            }
        }
    }
}
