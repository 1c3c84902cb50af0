internal import OpenSSLCrypto

/// The SHA-256 of a blob, "sha256:" and 64 lower-case hex digits
/// (https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#digests).
public struct Digest: Hashable, Sendable {
    /// 64 lower-case hex digits.
    public let hex: String

    /// `nil` unless `text` is "sha256:" and 64 lower-case hex digits.
    public init?(_ text: String) {
        let prefix = "sha256:"
        guard text.hasPrefix(prefix) else { return nil }
        let hex = text.dropFirst(prefix.count)
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.hex = String(hex)
    }

    /// The digest that `hasher` holds; uses the hasher up.
    init(_ hasher: SHA256) {
        hex = hexadecimal(hasher.finalize())
    }

    /// The digest of `bytes`.
    public init(of bytes: [UInt8]) {
        hex = SHA256.hex(bytes)
    }
}

extension Digest: CustomStringConvertible {
    public var description: String { "sha256:\(hex)" }
}

extension Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a SHA-256 digest: \(text)")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
