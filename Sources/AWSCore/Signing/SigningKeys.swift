import OpenSSLCrypto
import Synchronization

/// The keys that a day's signatures are made with, so that a call need not derive its own
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, "Calculate the
/// signature").
public final class SigningKeys: Sendable {
    struct Scope: Hashable {
        var secretAccessKey: String
        /// "20260131".
        var day: String
        var region: String
        var service: String

        func derivedKey() -> [UInt8] {
            [day, region, service, "aws4_request"].reduce(Array("AWS4\(secretAccessKey)".utf8)) { key, part in
                hmacSHA256(key: key, Array(part.utf8))
            }
        }
    }

    /// Services times regions; past it, at the latest the next day, all are forgotten.
    private static let maximumKeys = 64

    private let keys = Mutex<[Scope: [UInt8]]>([:])

    public init() {}

    var count: Int { keys.withLock { $0.count } }

    subscript(scope: Scope) -> [UInt8] {
        keys.withLock { keys in
            if let key = keys[scope] { return key }
            if keys.count >= Self.maximumKeys { keys.removeAll() }
            let key = scope.derivedKey()
            keys[scope] = key
            return key
        }
    }
}
