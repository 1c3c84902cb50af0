import TestSupport
import Testing
import Ticketing

@Suite struct IdempotencyKeyTests {
    @Test(arguments: [
        ("12345678", "12345678"), ("  order-4711 \t", "order-4711"), (#""order-4711""#, "order-4711"),
        (#""a\"b\\c-1234""#, #"a"b\c-1234"#), (#"a"b\c-1234"#, #"a"b\c-1234"#), ("!~!~!~!~", "!~!~!~!~"),
        (String(repeating: "k", count: 255), String(repeating: "k", count: 255)),
        ("\"" + String(repeating: #"\\"#, count: 255) + "\"", String(repeating: #"\"#, count: 255)),
    ])
    func `a key is read, bare or quoted`(header: String, text: String) throws {
        let key = try IdempotencyKey(header: header)
        #expect(key.text == text)
        #expect(try IdempotencyKey(header: key.text) == key, "a key is read again as itself")
    }

    @Test(
        arguments: [
            ("", .length), ("1234567", .length), (String(repeating: "k", count: 256), .length),
            (#""1234567""#, .length),
            ("\"" + String(repeating: "k", count: 256) + "\"", .length),
            (String(repeating: "k", count: 1_000_000), .length),
            ("1234 5678", .character), (#""1234 5678""#, .character), ("12345678\u{7F}", .character),
            ("1234567\n8", .character), ("12345678é", .character), ("１２３４５６７８", .character),
            ("\"", .quoting), ("\"\"", .length), (#""12345678"#, .quoting), (#"12345678""#, nil),
            (#""1234"5678""#, .quoting),
            (#""12345678\""#, .quoting), (#""1234\5678""#, .quoting), (#""12345678"; a=1"#, .quoting),
            (#""\"12345678""#, .quoting), (#""12345678", "12345679""#, .quoting),
        ] as [(String, IdempotencyKeyError?)])
    func `what is no key is refused, and why`(header: String, expected: IdempotencyKeyError?) {
        do {
            _ = try IdempotencyKey(header: header)
            #expect(expected == nil, "\(header)")
        } catch {
            #expect(error == expected, "\(header)")
        }
    }

    @Test func `quoting any key and reading it gives the key`() throws {
        var generator = SeededGenerator(seed: 31)
        let characters = (UInt8(0x21)...0x7E).map { $0 }
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 8...255, using: &generator)).compactMap { _ in
                characters.randomElement(using: &generator)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard !text.hasPrefix("\"") else { continue }
            let escaped = text.reduce(into: "") { $0 += $1 == "\"" || $1 == "\\" ? "\\\($1)" : "\($1)" }
            #expect(try IdempotencyKey(header: "\"\(escaped)\"").text == text)
            #expect(try IdempotencyKey(header: text).text == text)
        }
    }

    @Test func `random bytes never trap`() {
        var generator = SeededGenerator(seed: 32)
        let alphabet = Array(#""\ ab,;"#) + ["\t", "é"]
        for _ in 0..<20_000 {
            let text = String(
                (0..<Int.random(in: 0...24, using: &generator)).compactMap { _ in
                    alphabet.randomElement(using: &generator)
                })
            if let key = try? IdempotencyKey(header: text) {
                #expect((8...255).contains(key.text.utf8.count) && !key.text.hasPrefix("\""))
            }
        }
    }
}
