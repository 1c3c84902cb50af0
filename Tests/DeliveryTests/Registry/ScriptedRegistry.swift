import CurlTransport
import Foundation
import Synchronization

@testable import Delivery

/// A registry in memory that answers by the protocol, but where a test's `fault` answers first.
final class ScriptedRegistry: HTTPTransport {
    struct State {
        var blobs: Set<String> = []
        var manifests: [String: String] = [:]
        var requests: [HTTPRequest] = []
        var uploadsAtOnce = 0
        var mostUploadsAtOnce = 0
    }

    let state = Mutex(State())
    /// Answers in place of the registry; gets the number of requests of the same method and path before this one.
    private let fault: @Sendable (_ request: HTTPRequest, _ earlier: Int) throws -> HTTPResponse?

    init(fault: @escaping @Sendable (HTTPRequest, Int) throws -> HTTPResponse? = { _, _ in nil }) {
        self.fault = fault
    }

    /// "METHOD PATH" of every request, without queries.
    var log: [String] { state.withLock { $0.requests.map(Self.line) } }

    static func line(_ request: HTTPRequest) -> String {
        "\(request.method) \(path(request))"
    }

    static func path(_ request: HTTPRequest) -> String {
        URLComponents(string: request.url)?.path ?? request.url
    }

    static func refusal(_ status: Int, _ code: String, _ message: String = "", detail: String = "") -> HTTPResponse {
        let body = #"{"errors":[{"code":"\#(code)","message":"\#(message)","detail":"\#(detail)"}]}"#
        return HTTPResponse(status: status, body: Array(body.utf8))
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let earlier = state.withLock { state in
            defer { state.requests.append(request) }
            return state.requests.count { Self.line($0) == Self.line(request) }
        }
        if let answer = try fault(request, earlier) { return answer }
        let path = Self.path(request)
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        switch request.method {
        case "HEAD" where path.contains("/blobs/"):
            return HTTPResponse(status: state.withLock { $0.blobs.contains(name) } ? 200 : 404)
        case "HEAD":
            guard let digest = state.withLock({ $0.manifests[name] }) else { return HTTPResponse(status: 404) }
            return HTTPResponse(status: 200, headers: ["docker-content-digest": digest])
        case "POST":
            return HTTPResponse(status: 202, headers: ["Location": "/v2/upload?state=secret-state"])
        case "PUT" where path == "/v2/upload":
            state.withLock {
                $0.uploadsAtOnce += 1
                $0.mostUploadsAtOnce = max($0.mostUploadsAtOnce, $0.uploadsAtOnce)
            }
            await Task.yield()
            let query = URLComponents(string: request.url)?.queryItems ?? []
            let digest = query.first { $0.name == "digest" }?.value ?? ""
            state.withLock {
                $0.uploadsAtOnce -= 1
                $0.blobs.insert(digest)
            }
            return HTTPResponse(status: 201, headers: ["Docker-Content-Digest": digest])
        case "PUT":
            guard case .bytes(let bytes) = request.body else { return HTTPResponse(status: 400) }
            let digest = Digest(of: bytes).description
            state.withLock {
                $0.manifests[name] = digest
                $0.manifests[digest] = digest
            }
            return HTTPResponse(status: 201, headers: ["Docker-Content-Digest": digest])
        default:
            return HTTPResponse(status: 405)
        }
    }
}
