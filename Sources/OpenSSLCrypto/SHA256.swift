import COpenSSL

/// An incremental SHA-256 (FIPS 180-4) by OpenSSL.
///
/// One thread at a time; memory is constant whatever the length.
public final class SHA256 {
    private let context: OpaquePointer

    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("OpenSSL offers no SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "SHA-256 update failed")
    }

    public func update(_ bytes: some ContiguousBytesSequence) {
        bytes.withContiguousBytes { update($0) }
    }

    /// The 32 bytes of the digest. The hasher is used up.
    public func finalize() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        precondition(EVP_DigestFinal_ex(context, &digest, nil) == 1, "SHA-256 final failed")
        return digest
    }

    /// The digest of `bytes`, 64 lower-case hex digits.
    public static func hex(_ bytes: some ContiguousBytesSequence) -> String {
        let hasher = SHA256()
        hasher.update(bytes)
        return hexadecimal(hasher.finalize())
    }

    /// The digest of a text's UTF-8.
    public static func hex(_ text: String) -> String { hex(Array(text.utf8)) }
}

/// What hands its bytes over without a copy.
public protocol ContiguousBytesSequence {
    func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension Array: ContiguousBytesSequence where Element == UInt8 {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(body)
    }
}

extension ArraySlice: ContiguousBytesSequence where Element == UInt8 {
    public func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(body)
    }
}

/// Lower-case hex digits, two a byte.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
