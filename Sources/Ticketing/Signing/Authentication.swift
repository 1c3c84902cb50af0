internal import OpenSSLCrypto

/// HMAC-SHA-256 under a key of at least 32 bytes that serves one purpose alone.
///
/// Printing it shows nothing of the key.
struct AuthenticationKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: HMACSHA256

    /// The key for `purpose` derived from `secret`: codes made for one purpose mean nothing for another.
    init(secret: [UInt8], purpose: String) {
        precondition(secret.count >= leastSecretBytes, "a secret of \(secret.count) bytes is too short")
        key = HMACSHA256(key: hmacSHA256(key: secret, Array(purpose.utf8)))
    }

    func code(_ message: some ContiguousBytesSequence) -> [UInt8] { key.code(message) }

    /// Whether `code` is the message's. Takes as long whatever differs.
    func isCode(_ code: UnsafeRawBufferPointer, of message: UnsafeRawBufferPointer) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: HMACSHA256.codeBytes, alignment: 8) { expected in
            key.write(codeOf: message, to: expected)
            return isEqualInConstantTime(code, UnsafeRawBufferPointer(expected))
        }
    }

    var description: String { "AuthenticationKey" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The length under which a secret of this program is refused where it is read; what signs traps on a shorter one.
public let leastSecretBytes = 32

/// Equality that takes as long whatever differs. Of two lengths it tells that they differ.
func isEqualInConstantTime(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (one, other) in zip(left, right) { difference |= one ^ other }
    return difference == 0
}

/// The bytes of hex digits of either case, two a byte; nil for anything else.
func bytes(hexadecimal text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var high: UInt8?
    for character in text {
        let digit: UInt8
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character - UInt8(ascii: "A") + 10
        default: return nil
        }
        if let first = high {
            bytes.append(first << 4 | digit)
            high = nil
        } else {
            high = digit
        }
    }
    return bytes
}
