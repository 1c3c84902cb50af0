import COpenSSL

/// HMAC-SHA-256 (RFC 2104): 32 bytes.
public func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 32
    let result = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &length)
    precondition(result != nil && length == 32, "HMAC-SHA-256 failed")
    return code
}

/// HMAC-SHA-256 under one key that is used again and again: the key is hashed once, which is most of the cost of a short
/// message. Any thread.
///
/// OpenSSL's own object for this allocates with every message and needs a lock; its SHA-256 is a plain value, and the code
/// is two of them (RFC 2104, section 4).
public final class HMACSHA256: Sendable {
    public static let codeBytes = 32
    private static let blockBytes = 64

    /// Past the key's block: where each message begins, and where its digest goes on.
    private let inner, outer: SHA256_CTX

    public init(key: [UInt8]) {
        var key = key
        if key.count > Self.blockBytes {
            let hasher = SHA256()
            hasher.update(key)
            key = hasher.finalize()
        }
        key += [UInt8](repeating: 0, count: Self.blockBytes - key.count)
        inner = Self.state(after: key.map { $0 ^ 0x36 })
        outer = Self.state(after: key.map { $0 ^ 0x5C })
    }

    private static func state(after block: [UInt8]) -> SHA256_CTX {
        var state = SHA256_CTX()
        let isMade = SHA256_Init(&state) == 1 && SHA256_Update(&state, block, block.count) == 1
        precondition(isMade, "SHA-256 failed")
        return state
    }

    /// The 32 bytes of the code.
    public func code(_ message: some ContiguousBytesSequence) -> [UInt8] {
        message.withContiguousBytes { message in
            [UInt8](unsafeUninitializedCapacity: Self.codeBytes) { code, count in
                write(codeOf: message, to: UnsafeMutableRawBufferPointer(code))
                count = Self.codeBytes
            }
        }
    }

    /// - Precondition: there is room for 32 bytes.
    public func write(codeOf message: UnsafeRawBufferPointer, to code: UnsafeMutableRawBufferPointer) {
        precondition(code.count >= Self.codeBytes, "a code has 32 bytes")
        let bytes = code.assumingMemoryBound(to: UInt8.self).baseAddress
        var (inner, outer) = (inner, outer)
        let isMade =
            SHA256_Update(&inner, message.baseAddress, message.count) == 1 && SHA256_Final(bytes, &inner) == 1
            && SHA256_Update(&outer, bytes, Self.codeBytes) == 1 && SHA256_Final(bytes, &outer) == 1
        precondition(isMade, "SHA-256 failed")
    }
}
