import COpenSSL

/// `count` bytes of OpenSSL's cryptographic generator: for tokens and names nobody may guess.
public func secureRandomBytes(count: Int) -> [UInt8] {
    precondition(count >= 0 && count <= Int(Int32.max), "a count of random bytes out of range")
    var bytes = [UInt8](repeating: 0, count: count)
    precondition(RAND_bytes(&bytes, Int32(count)) == 1, "OpenSSL has no entropy")
    return bytes
}
