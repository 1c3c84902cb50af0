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

    private let keys: SigningKeys?

    /// `keys`: where derived keys are kept between signatures.
    public init(credentials: AWSCredentials, region: String, service: String, keys: SigningKeys? = nil) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.keys = keys
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
        let canonical = canonicalRequest(request, digest: digest)
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
        let signedHeaders = headersToSign(request, host: URLParts(request.url).host).map(\.name)
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
        let canonical = canonicalRequest(request, digest: digest)
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
        let keyScope = SigningKeys.Scope(
            secretAccessKey: credentials.secretAccessKey, day: String(timestamp.prefix(8)), region: region,
            service: service)
        return hexadecimal(hmacSHA256(key: keys?[keyScope] ?? keyScope.derivedKey(), Array(text.utf8)))
    }

    private func canonicalRequest(_ request: HTTPRequest, digest: String) -> (text: String, signedHeaders: String) {
        let url = URLParts(request.url)
        let headers = headersToSign(request, host: url.host)
        let signedHeaders = headers.map(\.name).joined(separator: ";")
        var text = "\(request.method.uppercased())\n\(canonicalPath(url.path))\n\(canonicalQuery(url.query))\n"
        for header in headers {
            text += header.name
            text += ":"
            text += header.value
            text += "\n"
        }
        text += "\n\(signedHeaders)\n\(digest)"
        return (text, signedHeaders)
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
    private func headersToSign(_ request: HTTPRequest, host: String) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for (name, value) in request.headers.fields {
            let name = Self.folded(name.lowercased())
            switch name {
            case "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id", "authorization": continue
            default: break
            }
            if let index = fields.firstIndex(where: { $0.name == name }) {
                fields[index].value += "," + Self.folded(value)
            } else {
                fields.append((name: name, value: Self.folded(value)))
            }
        }
        if !fields.contains(where: { $0.name == "host" }) { fields.append((name: "host", value: host)) }
        return fields.sorted { $0.name < $1.name }
    }

    /// Without white space at the ends, and with one space for every run inside.
    private static func folded(_ value: String) -> String {
        var last = UInt8(ascii: " ")
        // Most values are so already, and looking at characters takes long.
        let isFolded = value.utf8.allSatisfy { byte in
            defer { last = byte }
            return byte < 0x80 && (byte > 0x20 || (byte == 0x20 && last != 0x20))
        }
        if isFolded, last != UInt8(ascii: " ") || value.isEmpty { return value }
        return value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private func canonicalPath(_ path: Substring) -> String {
        if path.isEmpty || path == "/" { return "/" }
        guard !isS3 else { return String(path) }
        // RFC 3986 section 5.2.4, empty segments removed too.
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            if segment == ".." { _ = segments.popLast() } else if segment != "." { segments.append(segment) }
        }
        let end = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/" + segments.map { $0.percentEncoded() }.joined(separator: "/") + end
    }

    private func canonicalQuery(_ query: Substring) -> String {
        guard !query.isEmpty else { return "" }
        let pairs = query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            let name = pair.prefix { $0 != "=" }
            return (name: Array(name.utf8), value: Array(pair.dropFirst(name.count + 1).utf8))
        }
        let sorted = pairs.sorted { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        return sorted.map { String(decoding: $0.name + [UInt8(ascii: "=")] + $0.value, as: UTF8.self) }
            .joined(separator: "&")
    }

    /// "20260131T235959Z".
    private static func timestamp(_ date: Date) -> String {
        date.formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, dateTimeSeparator: .standard, timeSeparator: .omitted))
    }
}

/// The parts of a URL that are signed, byte for byte.
private struct URLParts {
    /// Lower case, without user information and without the scheme's own port.
    let host: String
    let path: Substring
    let query: Substring

    init(_ url: String) {
        let bytes = url.utf8
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.startIndex
        let hasScheme = url[colon...].utf8.starts(with: "://".utf8)
        let start = hasScheme ? bytes.index(colon, offsetBy: 3) : bytes.startIndex
        let isEnd: (UInt8) -> Bool = { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        let pathStart = bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || isEnd($0) } ?? bytes.endIndex
        let pathEnd = bytes[pathStart...].firstIndex(where: isEnd) ?? bytes.endIndex
        path = url[pathStart..<pathEnd]
        let hasQuery = pathEnd < bytes.endIndex && bytes[pathEnd] == UInt8(ascii: "?")
        query = hasQuery ? url[bytes.index(after: pathEnd)...].prefix { $0 != "#" } : ""
        let authority = url[start..<pathStart]
        let host = (authority.split(separator: "@").last ?? "").lowercased()
        let ownPort = url[..<colon].lowercased() == "https" ? ":443" : ":80"
        self.host = host.hasSuffix(ownPort) ? String(host.dropLast(ownPort.count)) : host
    }
}
