import Foundation
import TestSupport
import Testing

@testable import Ticketing

@Suite struct Base64URLTests {
    private func decoded(_ text: String) -> [UInt8]? { Array(text.utf8).withUnsafeBufferPointer(Base64URL.bytes) }

    @Test func `it is Foundation's base 64 with the URL's alphabet and no padding`() {
        var generator = SeededGenerator(seed: 3)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let expected = Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
                .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
            #expect(Base64URL.text(bytes) == expected)
            #expect(decoded(expected) == bytes)
        }
    }

    @Test(arguments: ["A", "AAAAA", "AB", "AAB", "AA==", "A+AA", "A/AA", "AA A", "é", "AAA=", "AAAAé", "AAAAA\u{80}A"])
    func `another spelling of the same bytes is refused`(text: String) {
        #expect(decoded(text) == nil)
    }

    @Test func `hex digits of either case are read, and nothing else`() {
        #expect(bytes(hexadecimal: "00fFA9".utf8) == [0, 255, 0xA9])
        for text in ["0", "0g", "+1", "0x00", " 00"] { #expect(bytes(hexadecimal: text.utf8) == nil) }
    }

    @Test func `equality in constant time is equality`() {
        #expect(isEqualInConstantTime([1, 2], [1, 2]))
        for other in [[1, 3], [0, 2], [1], [1, 2, 0], []] as [[UInt8]] {
            #expect(!isEqualInConstantTime([1, 2], other))
        }
    }
}
