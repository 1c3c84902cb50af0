internal import HTTPServer
internal import Synchronization
internal import Ticketing

/// Whole answers of cached reads by request target, rendered: a hit is served within the read of its request, without a
/// task and without an encoder.
final class AnswerCache: Sendable {
    /// A reference: each hit takes it.
    private final class Entry: Sendable {
        let target: [UInt8]
        let etag: String
        let ok: RenderedResponse
        let notModified: RenderedResponse

        init(target: [UInt8], etag: String, ok: RenderedResponse, notModified: RenderedResponse) {
            self.target = target
            self.etag = etag
            self.ok = ok
            self.notModified = notModified
        }
    }

    /// By the target's hash, since a hit needs no copy of the target then. Of two targets that share one, the second takes
    /// the place; the hash is seeded anew in each process.
    private let entries = ExpiringCache<Int, Entry>(capacity: 10_000)
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// The answer to this very target, if it is at most a second old.
    func immediate(_ request: HTTPRequest) -> RenderedResponse? {
        guard let entry = entries.value(request.targetHash, at: now()), request.hasTarget(entry.target)
        else { return nil }
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
            request.targetHash,
            Entry(
                target: Array(request.target.utf8), etag: etag,
                ok: RenderedResponse(answer.response(origin: .local, etag: etag, at: now)),
                notModified: RenderedResponse(answer.response(status: 304, origin: .local, etag: etag, at: now))),
            until: now + .milliseconds(500))
        let isKnown = request.header("if-none-match").map { matches($0, etag) } ?? false
        return answer.response(status: isKnown ? 304 : 200, origin: answer.origin, etag: etag, at: now)
    }
}
