internal import Foundation

/// Where requests go: "https://tickets.example.com:8443".
public struct Endpoint: Sendable, Codable, Equatable, CustomStringConvertible {
    public let isTLS: Bool
    public let host: String
    public let port: Int
    /// Before every target: "" or "/prefix".
    public let prefix: String

    /// - Throws: `LoadTestError` `usage`.
    public init(_ text: String) throws {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = url.host, !host.isEmpty, url.query == nil,
            url.fragment == nil, url.user == nil, url.password == nil, (1...65_535).contains(url.port ?? 80),
            url.percentEncodedPath.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else {
            throw LoadTestError(
                .usage, "\(text.prefix(120)) is no URL like https://tickets.example.com",
                next: "give http or https, a host, and a port if it is not the usual one")
        }
        isTLS = scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = url.port ?? (isTLS ? 443 : 80)
        var prefix = url.percentEncodedPath
        while prefix.hasSuffix("/") { prefix.removeLast() }
        self.prefix = prefix
    }

    /// The value of the header Host.
    public var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    public var description: String { "\(isTLS ? "https" : "http")://\(authority)\(prefix)" }
}
