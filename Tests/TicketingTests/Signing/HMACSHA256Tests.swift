import OpenSSLCrypto
import TestSupport
import Testing

@Suite struct HMACSHA256Tests {
    @Test func `a key used again and again gives the code of RFC 4231`() {
        let key = HMACSHA256(key: [UInt8](repeating: 0x0B, count: 20))
        for _ in 0..<3 {
            #expect(
                hexadecimal(key.code(Array("Hi There".utf8)))
                    == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        }
    }

    @Test func `it is the code of one use, on several threads at once`() async {
        var generator = SeededGenerator(seed: 5)
        for length in [0, 1, 31, 32, 63, 64, 65, 200] {
            let secret = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let key = HMACSHA256(key: secret)
            let messages = (0..<200).map { [UInt8](repeating: UInt8($0), count: $0) }
            await withTaskGroup(of: Void.self) { group in
                for message in messages {
                    group.addTask { #expect(key.code(message) == hmacSHA256(key: secret, message)) }
                }
            }
        }
    }
}
