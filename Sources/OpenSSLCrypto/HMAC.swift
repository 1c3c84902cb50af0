import COpenSSL

/// HMAC-SHA-256 (RFC 2104): 32 bytes.
public func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 32
    let result = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &length)
    precondition(result != nil && length == 32, "HMAC-SHA-256 failed")
    return code
}
