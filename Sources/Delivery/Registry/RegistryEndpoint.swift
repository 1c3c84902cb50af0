internal import Foundation

/// Where a registry's API stands, "https://123456789012.dkr.ecr.ap-northeast-1.amazonaws.com".
public struct RegistryEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host and port as the registry is addressed, without a trailing slash.
    public let url: String
    /// Host and port, the first part of an image reference.
    public let host: String
    /// Whether what is sent stays secret: https, or this very machine.
    let isPrivate: Bool

    /// Whether a blob may come in several pieces. ECR answers success to every piece and keeps the first
    /// (https://github.com/aws/containers-roadmap/issues/2831).
    var takesChunks: Bool { ecrRegion == nil }

    /// The region of an ECR registry, "ap-northeast-1"; nil: another registry.
    /// (https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html: ACCOUNT.dkr.ecr.REGION.amazonaws.com)
    public var ecrRegion: String? {
        let labels = host.split(separator: ".")
        guard labels.count >= 6, labels[1] == "dkr", labels[2].hasPrefix("ecr"), labels[4] == "amazonaws" else {
            return nil
        }
        return String(labels[3])
    }

    /// - Parameter url: http or https, host, port if need be, nothing behind; without a scheme, https.
    /// - Throws: `DeliveryError` `.nameInvalid`.
    public init(_ url: String) throws(DeliveryError) {
        let text = url.contains("://") ? url : "https://\(url)"
        // The text may hold a password before an "@", so it is not repeated.
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil,
            parts.path.isEmpty || parts.path == "/"
        else {
            throw DeliveryError(
                .nameInvalid, "the registry endpoint is not scheme://host[:port]",
                next: "give it like https://registry.example.com or http://127.0.0.1:5000; user and password go apart")
        }
        self.host = parts.port.map { "\(host):\($0)" } ?? host
        self.url = "\(scheme)://\(self.host)"
        isPrivate = scheme == "https" || ["localhost", "[::1]", "::1"].contains(host) || host.hasPrefix("127.")
    }

    public var description: String { url }

    /// The absolute URL that a `Location` or a `realm` of this registry means.
    func resolve(_ location: String) -> String {
        if location.hasPrefix("/") { return url + location }
        return location
    }

    /// Whether an absolute URL leads to this same scheme, host and port, so that it may see the credentials.
    func isOrigin(of url: String) -> Bool {
        url == self.url || url.hasPrefix(self.url + "/") || url.hasPrefix(self.url + "?")
    }
}

/// A registry's user and password. For ECR: "AWS" and what follows the colon in the decoded token of
/// GetAuthorizationToken.
public struct RegistryCredentials: Sendable {
    public var user: String
    var password: String

    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// The value of an Authorization header (RFC 7617).
    var basic: String {
        "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }
}

extension RegistryCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(user):***" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["user": user]) }
}
