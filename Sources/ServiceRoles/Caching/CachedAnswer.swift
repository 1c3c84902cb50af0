internal import HTTPServer
internal import OpenSSLCrypto
internal import Synchronization
internal import Ticketing

/// The body of a read that clients and CloudFront may keep for a moment.
struct CachedAnswer: Sendable {
    static let cacheControl = "public, max-age=1, s-maxage=10, stale-while-revalidate=10"

    var body: String
    var readAt: Timestamp
    var origin: CachedReads.Origin

    /// Strong: of the body's bytes.
    var etag: String { "\"\(SHA256.hex(body).prefix(32))\"" }

    func response(status: Int = 200, origin: CachedReads.Origin, etag: String, at now: Timestamp) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: [
                ("Content-Type", "application/json"), ("Cache-Control", Self.cacheControl), ("ETag", etag),
                ("Age", String(max(0, Int((now - readAt) / .seconds(1))))), ("X-Cache", origin.rawValue),
            ], text: status == 304 ? "" : body)
    }
}
