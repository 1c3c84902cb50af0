import TestSupport
import Testing

@testable import Ticketing

@Suite struct RoomTokenTests {
    private let signer = RoomTokenSigner(key: Sample.key, lifetime: .seconds(60))
    private let place = RoomPlace(epoch: 7, number: 1_234_567)

    private func issue(event: String = "event-0001", user: String = "u-1") -> String {
        signer.issue(eventID: event, userID: user, place: place, at: Sample.now)
    }

    private func refusal(_ text: String, by signer: RoomTokenSigner? = nil, at now: Timestamp = Sample.now)
        -> RoomTokenError?
    {
        do {
            _ = try (signer ?? self.signer).verify(text, at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a token gives back what it was made of`() throws {
        let most = String(repeating: "🎫", count: 128)
        for (event, user) in [("event-0001", "u-1"), ("e", "é\u{301} \"\\ 你"), (most, most)] {
            let text = issue(event: event, user: user)
            let token = try signer.verify(text, eventID: event, at: Sample.now)
            #expect(
                token
                    == RoomToken(
                        eventID: event, userID: user, place: place, issuedAt: Sample.now,
                        expiresAt: Sample.now + .seconds(60)))
            #expect(Array(token.userID.utf8) == Array(user.utf8))
            #expect(text.utf8.count <= 2_048, "the contract's bound")
            #expect(
                text.utf8.allSatisfy {
                    $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
                        || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                })
        }
    }

    @Test func `the format is fixed`() {
        #expect(
            signer.issue(
                eventID: "e", userID: "u", place: RoomPlace(epoch: 1, number: 2), at: Timestamp(milliseconds: 3))
                == "r1.AAAAAAAAAAEAAAAAAAAAAgAAAAAAAAADAAAAAAAA6mMAAWV1kYvFEdD5jUOwLy5nYDkPEfOPobQnOUiUaCwi8WjBCOA")
    }

    @Test func `a token ends at its expiry, to the millisecond`() {
        let text = issue()
        #expect(refusal(text, at: Sample.now + .milliseconds(59_999)) == nil)
        #expect(refusal(text, at: Sample.now + .milliseconds(60_000)) == .expired)
    }

    @Test func `a token of another event, key or purpose is invalid`() throws {
        let text = issue()
        #expect(throws: RoomTokenError.invalid) {
            try signer.verify(text, eventID: "event-0002", at: Sample.now)
        }
        #expect(refusal(text, by: RoomTokenSigner(key: Sample.key.reversed())) == .invalid)
        // An expired token under another key tells nothing but that it is invalid.
        let later = Sample.now + .seconds(3_600)
        #expect(refusal(text, by: RoomTokenSigner(key: Sample.key.reversed()), at: later) == .invalid)
        #expect(
            AuthenticationKey(secret: Sample.key, purpose: "ticket code 1").code([1])
                != AuthenticationKey(secret: Sample.key, purpose: "room token 1").code([1]))
    }

    @Test func `event and user cannot be shifted into each other`() throws {
        #expect(issue(event: "ab", user: "c") != issue(event: "a", user: "bc"))
        // Composed and decomposed: equal to Swift, not to any store.
        #expect(throws: RoomTokenError.invalid) {
            try signer.verify(issue(event: "e\u{301}"), eventID: "\u{e9}", at: Sample.now)
        }
    }

    @Test func `no changed, cut or lengthened token is valid`() {
        let text = Array(issue().utf8)
        for index in text.indices {
            for replacement in [UInt8(ascii: "A"), UInt8(ascii: "B"), UInt8(ascii: "_"), UInt8(ascii: "=")]
            where replacement != text[index] {
                var changed = text
                changed[index] = replacement
                #expect(refusal(String(decoding: changed, as: UTF8.self)) == .invalid, "byte \(index)")
            }
            #expect(refusal(String(decoding: text[..<index], as: UTF8.self)) == .invalid)
        }
        let whole = String(decoding: text, as: UTF8.self)
        for other in ["", "r1.", "r2." + whole.dropFirst(3), whole + "A", whole + "=", " " + whole, whole + "\n"] {
            #expect(refusal(other) == .invalid)
        }
        #expect(refusal("r1." + String(repeating: "A", count: 10_000_000)) == .invalid)
    }

    @Test func `random texts are invalid and never trap`() {
        var generator = SeededGenerator(seed: 11)
        let alphabet = Array("ABab01-_.=r".utf8)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...300, using: &generator)
            let text = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            #expect(refusal("r1." + String(decoding: text, as: UTF8.self)) == .invalid)
        }
    }

    @Test func `a signed text with an impossible length is invalid`() {
        // Made under the key, with an event longer than the token.
        var bytes = [UInt8](repeating: 0, count: 32) + [0xFF, 0xFF] + Array("eu".utf8)
        bytes += AuthenticationKey(secret: Sample.key, purpose: "room token 1").code(bytes)
        #expect(refusal(Base64URL.text(bytes, after: "r1.")) == .invalid)
    }

    @Test func `printing a signer shows no key`() {
        let text = "\(signer) \(String(reflecting: signer))"
        #expect(!text.contains("1, 2, 3"))
        var dumped = ""
        dump(signer, to: &dumped)
        #expect(!dumped.contains("- 31") && dumped.contains("AuthenticationKey"))
    }
}
