public import CurlTransport
public import Foundation
import OpenSSLCrypto

/// AWS Signature Version 4 as a pure value
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
public struct SigV4: Sendable {
    /// What the signature says about the body.
    public enum Payload: Sendable {
        /// The request's bytes; for a file body, give `.digest`.
        case signed
        /// Lower-case hex SHA-256 of the body.
        case digest(String)
        /// "UNSIGNED-PAYLOAD": the body is not covered (only over TLS).
        case unsigned
    }

    public var credentials: AWSCredentials
    public var region: String
    /// The service's signing name. "s3" keeps the path as it is and adds x-amz-content-sha256; every other service
    /// signs the normalised and once more encoded path.
    public var service: String

    public init(credentials: AWSCredentials, region: String, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// `request` with X-Amz-Date, X-Amz-Security-Token, for S3 or an unsigned body
    /// X-Amz-Content-SHA256, and Authorization. Fields of these
    /// names that it already has are replaced.
    public func sign(_ request: HTTPRequest, date: Date, payload: Payload = .signed) -> HTTPRequest {
        var request = request
        let digest = digest(of: request.body, payload)
        let timestamp = Self.timestamp(date)
        request.headers["Authorization"] = nil
        request.headers["X-Amz-Date"] = timestamp
        request.headers["X-Amz-Security-Token"] = credentials.sessionToken
        request.headers["X-Amz-Content-SHA256"] = nil
        // Elsewhere the service reads the body itself, unless told that it is not covered.
        if isS3 || digest == Self.unsignedPayload { request.headers["X-Amz-Content-SHA256"] = digest }
        let canonical = canonicalRequest(request, query: Self.query(of: request.url), digest: digest)
        let signature = signature(of: canonical.text, timestamp)
        request.headers["Authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope(timestamp)), "
            + "SignedHeaders=\(canonical.signedHeaders), Signature=\(signature)"
        return request
    }

    /// A URL that carries its own signature for `request`'s method and headers, valid for `lifetime` (at most seven
    /// days) from `date`. Whoever uses it sends the same headers. S3's payload is unsigned; elsewhere the body is
    /// signed.
    public func presign(_ request: HTTPRequest, date: Date, lifetime: Duration) -> String {
        var request = request
        let timestamp = Self.timestamp(date)
        let signedHeaders = headersToSign(request).map(\.name)
        var fields = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope(timestamp))"),
            ("X-Amz-Date", timestamp),
            ("X-Amz-Expires", String(lifetime.components.seconds)),
            ("X-Amz-SignedHeaders", signedHeaders.joined(separator: ";")),
        ]
        if let token = credentials.sessionToken { fields.append(("X-Amz-Security-Token", token)) }
        let added = fields.map { "\($0)=\($1.percentEncoded())" }.joined(separator: "&")
        request.url += (request.url.contains("?") ? (request.url.hasSuffix("?") ? "" : "&") : "?") + added
        let digest = digest(of: request.body, isS3 ? .unsigned : .signed)
        let canonical = canonicalRequest(request, query: Self.query(of: request.url), digest: digest)
        return request.url + "&X-Amz-Signature=" + signature(of: canonical.text, timestamp)
    }

    // MARK: The four steps

    private static let unsignedPayload = "UNSIGNED-PAYLOAD"

    private var isS3: Bool { service == "s3" }

    private func scope(_ timestamp: String) -> String {
        "\(timestamp.prefix(8))/\(region)/\(service)/aws4_request"
    }

    private func signature(of canonicalRequest: String, _ timestamp: String) -> String {
        let text = "AWS4-HMAC-SHA256\n\(timestamp)\n\(scope(timestamp))\n\(SHA256.hex(canonicalRequest))"
        var key = Array("AWS4\(credentials.secretAccessKey)".utf8)
        for part in [String(timestamp.prefix(8)), region, service, "aws4_request"] {
            key = hmacSHA256(key: key, Array(part.utf8))
        }
        return hexadecimal(hmacSHA256(key: key, Array(text.utf8)))
    }

    private func canonicalRequest(
        _ request: HTTPRequest, query: String, digest: String
    ) -> (text: String, signedHeaders: String) {
        let headers = headersToSign(request)
        let signedHeaders = headers.map(\.name).joined(separator: ";")
        let lines = [
            request.method.uppercased(), canonicalPath(request.url), canonicalQuery(query),
            headers.map { "\($0.name):\($0.value)\n" }.joined(), signedHeaders, digest,
        ]
        return (lines.joined(separator: "\n"), signedHeaders)
    }

    private func digest(of body: HTTPBody, _ payload: Payload) -> String {
        switch (payload, body) {
        case (.unsigned, _): Self.unsignedPayload
        case (.digest(let hex), _): hex
        case (.signed, .bytes(let bytes)): SHA256.hex(bytes)
        case (.signed, .file): preconditionFailure("a file's digest is the caller's to give")
        }
    }

    /// Lower-case names in order with their values joined and their white space folded; fields that proxies change stay
    /// out.
    private func headersToSign(_ request: HTTPRequest) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for (name, value) in request.headers.fields {
            let name = name.lowercased().trimmingCharacters(in: .whitespaces)
            if ["expect", "transfer-encoding", "user-agent", "x-amzn-trace-id", "authorization"].contains(name) {
                continue
            }
            values[name, default: []].append(value.split(whereSeparator: \.isWhitespace).joined(separator: " "))
        }
        if values["host"] == nil { values["host"] = [Self.host(of: request.url)] }
        return values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value.joined(separator: ",")) }
    }

    private func canonicalPath(_ url: String) -> String {
        let path = String(Self.afterAuthority(of: url).prefix { $0 != "?" && $0 != "#" })
        guard !isS3 else { return path.isEmpty ? "/" : path }
        // RFC 3986 section 5.2.4, empty segments removed too.
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            if segment == ".." { _ = segments.popLast() } else if segment != "." { segments.append(segment) }
        }
        let end = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/" + segments.map { $0.percentEncoded() }.joined(separator: "/") + end
    }

    private func canonicalQuery(_ query: String) -> String {
        let pairs = query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            let name = pair.prefix { $0 != "=" }
            return (name: Array(name.utf8), value: Array(pair.dropFirst(name.count + 1).utf8))
        }
        guard !query.isEmpty else { return "" }
        let sorted = pairs.sorted { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        return sorted.map { String(decoding: $0.name + [UInt8(ascii: "=")] + $0.value, as: UTF8.self) }
            .joined(separator: "&")
    }

    // MARK: Parts of a URL, byte for byte

    private static func afterScheme(of url: String) -> Substring {
        url.range(of: "://").map { url[$0.upperBound...] } ?? url[...]
    }

    private static func afterAuthority(of url: String) -> Substring {
        afterScheme(of: url).drop { $0 != "/" && $0 != "?" && $0 != "#" }
    }

    private static func query(of url: String) -> String {
        String(afterAuthority(of: url).drop { $0 != "?" }.dropFirst().prefix { $0 != "#" })
    }

    /// Lower case, without user information and without the scheme's own port.
    private static func host(of url: String) -> String {
        let authority = afterScheme(of: url).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = (authority.split(separator: "@").last ?? "").lowercased()
        let ownPort = url.lowercased().hasPrefix("https:") ? ":443" : ":80"
        return host.hasSuffix(ownPort) ? String(host.dropLast(ownPort.count)) : host
    }

    /// "20260131T235959Z".
    private static func timestamp(_ date: Date) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted))
    }
}
