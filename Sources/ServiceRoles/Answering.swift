internal import HTTPServer
internal import Observability
internal import Ticketing
internal import Tracing

/// An endpoint as a route's handler: what it throws becomes the answer that the contract has for it.
typealias Endpoint = @Sendable (HTTPRequest) async throws -> HTTPResponse

///
/// It runs in the request's trace, which is continued or begun here, and named in the answer.
func answer(_ endpoint: @escaping Endpoint) -> Endpoint {
    { request in
        var context = ServiceContext.topLevel
        context.requestID = request.requestID
        context.traceHeader = request.header(TraceHeader.name).flatMap { TraceHeader($0) }
        return try await withSpan(request.path, context: context, ofKind: .server) { span in
            var response = try await contracted(endpoint, request)
            if span.isRecording {
                span.attributes[XRayAttribute.httpMethod] = request.method.name
                span.attributes[XRayAttribute.httpURL] = request.path
                span.attributes[XRayAttribute.httpStatus] = response.status
            }
            if let header = span.context.traceHeader {
                response.headers.append((TraceHeader.name, header.description))
            }
            return response
        }
    }
}

private func contracted(_ endpoint: Endpoint, _ request: HTTPRequest) async throws -> HTTPResponse {
    do {
        return try await endpoint(request)
    } catch let error as APIError {
        return error.response
    } catch let error as StoreError where error.kind != .invalid {
        return APIError.backend(error).response
    }
    // Anything else is a bug: the server answers 500 and tells the observer.
}

/// Whether the caller's trace is recorded: then even a cached answer is given by a task, which can take part in it.
func isTraced(_ request: HTTPRequest) -> Bool {
    request.header(TraceHeader.name).map { $0.contains("Sampled=1") } ?? false
}

func answering(_ endpoint: @escaping Endpoint) -> Route.Handler { .asynchronous(answer(endpoint)) }

func immediate(_ endpoint: @escaping @Sendable (HTTPRequest) -> HTTPResponse) -> Route.Handler {
    .synchronous { .response(endpoint($0)) }
}

/// The answer of an endpoint that needs no call; nil: it needs one.
func attempt(_ endpoint: () throws -> SynchronousAnswer?) -> SynchronousAnswer? {
    do {
        return try endpoint()
    } catch let error as APIError {
        return .response(error.response)
    } catch {
        return nil
    }
}

/// An endpoint of the hot path: its latency and failures steer the admission.
func measured(_ context: RoleContext, _ endpoint: @escaping Endpoint) -> Endpoint {
    { request in
        let start = ContinuousClock.now
        func record(isFailure: Bool) {
            context.hotPath.record(milliseconds: (.now - start) / .milliseconds(1), isFailure: isFailure)
        }
        do {
            let response = try await endpoint(request)
            record(isFailure: response.status >= 500)
            return response
        } catch let error as APIError {
            record(isFailure: error.status >= 500)
            throw error
        } catch {
            record(isFailure: true)
            throw error
        }
    }
}

extension Ready.Probe {
    static func holds(_ context: RoleContext) -> Self {
        .init(backend: "holds") { try await context.backends.holds.ping() }
    }

    static func ledger(_ context: RoleContext) -> Self {
        .init(backend: "ledger") { try await context.backends.ledger.ping() }
    }

    static func queue(_ context: RoleContext) -> Self {
        // A commit is promised without it: the repair loop sends it later.
        .init(backend: "queue", isOptional: true) { try await context.backends.queue.ping() }
    }

    static func cache(_ context: RoleContext) -> Self {
        .init(backend: "cache", isOptional: true) { try await context.backends.cache.ping() }
    }
}
