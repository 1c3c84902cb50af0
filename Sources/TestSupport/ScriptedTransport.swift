public import CurlTransport
import Synchronization

/// Answers requests by a closure and keeps them.
public final class ScriptedTransport: HTTPTransport {
    private let answer: @Sendable (HTTPRequest, Int) async throws -> HTTPResponse
    private let kept = Mutex<[HTTPRequest]>([])

    /// `answer`: what a request gets, with its number from 0.
    public init(_ answer: @escaping @Sendable (_ request: HTTPRequest, _ number: Int) async throws -> HTTPResponse) {
        self.answer = answer
    }

    /// Gives `answers` in order; the last one again and again.
    public convenience init(_ answers: [Result<HTTPResponse, TransportError>]) {
        self.init { _, number in try answers[min(number, answers.count - 1)].get() }
    }

    /// Every request so far, in order.
    public var requests: [HTTPRequest] { kept.withLock { $0 } }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let number = kept.withLock { kept in
            kept.append(request)
            return kept.count - 1
        }
        return try await answer(request, number)
    }
}

extension HTTPRequest {
    /// The body as text; empty for a file's.
    public var bodyText: String {
        if case .bytes(let bytes) = body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }
}

extension HTTPResponse {
    /// An answer with text.
    public init(_ status: Int, _ body: String, headers: HTTPHeaders = [:]) {
        self.init(status: status, headers: headers, body: Array(body.utf8))
    }
}
