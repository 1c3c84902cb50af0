internal import HTTPServer
internal import Synchronization
internal import Ticketing

/// Whole answers of cached reads by request target, rendered: a hit is served within the read of its request, without a
/// task and without an encoder.
final class AnswerCache: Sendable {
    /// A reference: each hit takes it.
    private final class Entry: Sendable {
        let etag: String
        let ok: RenderedResponse
        let notModified: RenderedResponse

        init(etag: String, ok: RenderedResponse, notModified: RenderedResponse) {
            self.etag = etag
            self.ok = ok
            self.notModified = notModified
        }
    }

    private let entries = ExpiringCache<String, Entry>(capacity: 10_000)
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// The answer to this very target, if it is at most a second old.
    func immediate(_ request: HTTPRequest) -> RenderedResponse? {
        guard let entry = entries.value(request.target, at: now()) else { return nil }
        if let header = request.header("if-none-match"), matches(header, entry.etag) { return entry.notModified }
        return entry.ok
    }

    /// Answers with what `read` gives, and keeps it.
    func respond(
        _ request: HTTPRequest, _ read: (HTTPRequest) async throws -> CachedAnswer
    ) async throws -> HTTPResponse {
        let answer = try await read(request)
        let (now, etag) = (now(), answer.etag)
        entries.set(
            request.target,
            Entry(
                etag: etag, ok: RenderedResponse(answer.response(origin: .local, etag: etag, at: now)),
                notModified: RenderedResponse(answer.response(status: 304, origin: .local, etag: etag, at: now))),
            until: now + .milliseconds(500))
        let isKnown = request.header("if-none-match").map { matches($0, etag) } ?? false
        return answer.response(status: isKnown ? 304 : 200, origin: answer.origin, etag: etag, at: now)
    }
}
