import CurlTransport
import Foundation
import Synchronization

@testable import Delivery

/// A registry in memory that answers by the protocol and keeps what it is given, but where a test's `fault` answers
/// first or its `Kind` loses the answer.
final class ScriptedRegistry: HTTPTransport {
    struct State {
        var blobs: [String: [UInt8]] = [:]
        /// Tag or digest -> digest.
        var manifests: [String: String] = [:]
        var documents: [String: [UInt8]] = [:]
        var uploads: [Int: [UInt8]] = [:]
        var uploadsStarted = 0
        var requests: [HTTPRequest] = []
        var uploadsAtOnce = 0
        var mostUploadsAtOnce = 0
    }

    /// How registries differ.
    struct Kind: Sendable {
        var listsReferrers = false
        /// Whose blobs may be taken over.
        var mountableRepository: String?
        var minimumChunkSize: Int?
        /// Every chunk but an upload's first is answered with success and dropped, as by ECR.
        var keepsFirstChunkOnly = false
        /// Whether the connection ends after the registry has done what was asked, before its answer.
        var loses: @Sendable (_ request: HTTPRequest, _ earlier: Int) -> Bool = { _, _ in false }
    }

    let state = Mutex(State())
    private let kind: Kind
    /// Answers in place of the registry; gets the number of requests of the same method and path before this one.
    private let fault: @Sendable (_ request: HTTPRequest, _ earlier: Int) throws -> HTTPResponse?

    init(
        _ kind: Kind = Kind(),
        fault: @escaping @Sendable (HTTPRequest, Int) throws -> HTTPResponse? = { _, _ in nil }
    ) {
        self.kind = kind
        self.fault = fault
    }

    /// "METHOD PATH" of every request, without queries.
    var log: [String] { state.withLock { $0.requests.map(Self.line) } }

    /// The Content-Range of every chunk, in order.
    var chunks: [String] {
        state.withLock { $0.requests.filter { $0.method == "PATCH" }.compactMap { $0.headers["Content-Range"] } }
    }

    static func line(_ request: HTTPRequest) -> String { "\(request.method) \(path(request))" }

    static func path(_ request: HTTPRequest) -> String { URLComponents(string: request.url)?.path ?? request.url }

    static func refusal(_ status: Int, _ code: String, _ message: String = "", detail: String = "") -> HTTPResponse {
        let body = #"{"errors":[{"code":"\#(code)","message":"\#(message)","detail":"\#(detail)"}]}"#
        return HTTPResponse(status: status, body: Array(body.utf8))
    }

    static func lost(_ request: HTTPRequest) -> TransportError {
        TransportError(kind: .interrupted, mayHaveBeenSent: true, curlCode: 56, message: "gone", url: request.url)
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let earlier = state.withLock { state in
            defer { state.requests.append(request) }
            return state.requests.count { Self.line($0) == Self.line(request) }
        }
        if let answer = try fault(request, earlier) { return answer }
        let answer =
            Self.path(request) == "/v2/upload" ? try await upload(request) : try answer(request)
        if kind.loses(request, earlier) { throw Self.lost(request) }
        return answer
    }

    private func answer(_ request: HTTPRequest) throws -> HTTPResponse {
        let path = Self.path(request)
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return try state.withLock { state in
            switch request.method {
            case "HEAD" where path.contains("/blobs/"):
                return HTTPResponse(status: state.blobs[name] == nil ? 404 : 200)
            case "GET" where path.contains("/blobs/"):
                return state.blobs[name].map { HTTPResponse(status: 200, body: $0) } ?? HTTPResponse(status: 404)
            case "GET" where path.contains("/referrers/"):
                guard kind.listsReferrers else { return HTTPResponse(status: 404) }
                let list = try state.documents.values.filter { try Self.subject(of: $0)?.description == name }
                    .map { OCIDescriptor(mediaType: OCIMediaType.manifest, digest: Digest(of: $0), size: $0.count) }
                return HTTPResponse(status: 200, body: try CanonicalJSON.encode(OCIIndex(manifests: list)))
            case "HEAD", "GET":
                guard let digest = state.manifests[name] else { return HTTPResponse(status: 404) }
                return HTTPResponse(
                    status: 200, headers: ["docker-content-digest": digest], body: state.documents[digest] ?? [])
            case "POST":
                let query = Self.query(request)
                if let source = query["from"], source == kind.mountableRepository {
                    state.blobs[query["mount"] ?? ""] = []
                    return HTTPResponse(status: 201)
                }
                state.uploadsStarted += 1
                state.uploads[state.uploadsStarted] = []
                var headers: HTTPHeaders = ["Location": Self.location(state.uploadsStarted)]
                headers["OCI-Chunk-Min-Length"] = kind.minimumChunkSize.map(String.init)
                return HTTPResponse(status: 202, headers: headers)
            case "PUT":
                let bytes = try Self.bytes(of: request)
                let digest = Digest(of: bytes).description
                state.manifests[name] = digest
                state.manifests[digest] = digest
                state.documents[digest] = bytes
                var headers: HTTPHeaders = ["Docker-Content-Digest": digest]
                if kind.listsReferrers { headers["OCI-Subject"] = try Self.subject(of: bytes)?.description }
                return HTTPResponse(status: 201, headers: headers)
            default:
                return HTTPResponse(status: 405)
            }
        }
    }

    private func upload(_ request: HTTPRequest) async throws -> HTTPResponse {
        if request.method == "PUT" {
            state.withLock {
                $0.uploadsAtOnce += 1
                $0.mostUploadsAtOnce = max($0.mostUploadsAtOnce, $0.uploadsAtOnce)
            }
            await Task.yield()
            state.withLock { $0.uploadsAtOnce -= 1 }
        }
        let bytes = try Self.bytes(of: request)
        let query = Self.query(request)
        return state.withLock { state in
            guard let number = query["id"].flatMap({ Int($0) }), let stored = state.uploads[number] else {
                return Self.refusal(404, "BLOB_UPLOAD_UNKNOWN")
            }
            func position(_ status: Int) -> HTTPResponse {
                let last = max(0, (state.uploads[number]?.count ?? 0) - 1)
                return HTTPResponse(status: status, headers: ["Location": Self.location(number), "Range": "0-\(last)"])
            }
            switch request.method {
            case "GET": return position(204)
            case "PATCH":
                let start = request.headers["Content-Range"]?.split(separator: "-").first.flatMap { Int($0) }
                if kind.keepsFirstChunkOnly {
                    if stored.isEmpty { state.uploads[number] = bytes }
                    return position(201)
                }
                guard start == stored.count else { return position(416) }
                state.uploads[number] = stored + bytes
                return position(202)
            default:
                let digest = query["digest"] ?? ""
                state.uploads[number] = nil
                guard Digest(of: stored + bytes).description == digest else {
                    return Self.refusal(400, "DIGEST_INVALID")
                }
                state.blobs[digest] = stored + bytes
                return HTTPResponse(status: 201, headers: ["Docker-Content-Digest": digest])
            }
        }
    }

    /// Relative, with the state in its query.
    private static func location(_ number: Int) -> String { "/v2/upload?state=secret-state&id=\(number)" }

    static func query(_ request: HTTPRequest) -> [String: String] {
        (URLComponents(string: request.url)?.queryItems ?? []).reduce(into: [:]) { $0[$1.name] = $1.value }
    }

    static func bytes(of request: HTTPRequest) throws -> [UInt8] {
        switch request.body {
        case .bytes(let bytes): return bytes
        case .file(let path, let offset, let length):
            return try InputFile(opening: path).read(length, at: offset)
        }
    }

    private static func subject(of manifest: [UInt8]) throws -> Digest? {
        try? CanonicalJSON.decode(OCIManifest.self, from: manifest).subject?.digest
    }
}
