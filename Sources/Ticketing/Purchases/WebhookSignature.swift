internal import OpenSSLCrypto

/// The signature of a payment provider's report: `X-Signature: t=<epoch s>,v1=<hex HMAC-SHA256(secret, t "." body)>`.
///
/// Several `v1` may be given (the provider changes its secret): one right one is enough. Other schemes are ignored.
/// Printing it shows nothing of the secret.
public struct WebhookSignature: Sendable, CustomStringConvertible, CustomReflectable {
    /// How far `t` may be from now, either way.
    public static let tolerance: Duration = .seconds(300)
    private static let mostCharacters = 1_024
    private static let mostSignatures = 8

    private let secret: [UInt8]

    public init(secret: [UInt8]) { self.secret = secret }

    /// The header for `body`, sent at `now`.
    public func header(body: [UInt8], at now: Timestamp) -> String {
        let time = String(now.milliseconds / 1_000)
        return "t=\(time),v1=\(hexadecimal(code(time, body)))"
    }

    /// - Parameters:
    ///   - header: nil if the request has none.
    ///   - body: its bytes as they came.
    public func verify(header: String?, body: [UInt8], at now: Timestamp) throws(WebhookSignatureError) {
        guard let header else { throw .missing }
        guard header.utf8.count <= Self.mostCharacters else { throw .malformed }
        var times: [Substring] = []
        var codes: [[UInt8]] = []
        for part in header.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { throw .malformed }
            if pair[0] == "t" { times.append(pair[1]) }
            if pair[0] == "v1", let code = bytes(hexadecimal: pair[1].utf8) { codes.append(code) }
        }
        guard times.count == 1, (1...12).contains(times[0].utf8.count),
            times[0].utf8.allSatisfy({ (48...57).contains($0) }), let seconds = Int64(times[0]),
            (1...Self.mostSignatures).contains(codes.count)
        else { throw .malformed }
        let expected = code(String(times[0]), body)
        guard codes.contains(where: { isEqualInConstantTime($0, expected) }) else { throw .wrong }
        let age = now - Timestamp(milliseconds: seconds * 1_000)
        guard age <= Self.tolerance, age >= .zero - Self.tolerance else { throw .stale }
    }

    private func code(_ time: String, _ body: [UInt8]) -> [UInt8] {
        hmacSHA256(key: secret, Array("\(time).".utf8) + body)
    }

    public var description: String { "WebhookSignature" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Why a report is not taken for the provider's.
public enum WebhookSignatureError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing
    case malformed
    case wrong
    case stale

    public var description: String {
        switch self {
        case .missing: "it is missing; send t=<epoch seconds>,v1=<hex HMAC-SHA256>"
        case .malformed: "it is not t=<epoch seconds>,v1=<hex HMAC-SHA256>"
        case .wrong: "it is not the body's under the shared secret"
        case .stale: "its time is more than 5 minutes from now; sign again"
        }
    }
}
