import COpenSSL
import Synchronization

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
public final class HMACSHA256: Sendable {
    /// Used under the lock alone.
    private nonisolated(unsafe) let context: OpaquePointer
    private let lock = Mutex(())

    public init(key: [UInt8]) {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil), let context = EVP_MAC_CTX_new(algorithm) else {
            preconditionFailure("OpenSSL offers no HMAC")
        }
        EVP_MAC_free(algorithm)
        var digest = Array("SHA256".utf8CString)
        let isSet = digest.withUnsafeMutableBufferPointer { name in
            let parameters = [
                OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, key, key.count, parameters) == 1
        }
        precondition(isSet, "HMAC-SHA-256 does not take the key")
        self.context = context
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// The 32 bytes of the code.
    public func code(_ message: some ContiguousBytesSequence) -> [UInt8] {
        message.withContiguousBytes { message in
            [UInt8](unsafeUninitializedCapacity: 32) { code, count in
                lock.withLock { _ in
                    // Without a key: begins anew under the one it has.
                    let isMade =
                        EVP_MAC_init(context, nil, 0, nil) == 1
                        && EVP_MAC_update(context, message.baseAddress, message.count) == 1
                        && EVP_MAC_final(context, code.baseAddress, &count, 32) == 1
                    precondition(isMade && count == 32, "HMAC-SHA-256 failed")
                }
            }
        }
    }
}
