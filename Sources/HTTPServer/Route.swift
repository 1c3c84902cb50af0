/// One operation: a method, a pattern of paths, and what answers.
public struct Route: Sendable {
    public enum Handler: Sendable {
        /// Answers within the read of the request; must not block.
        case synchronous(@Sendable (HTTPRequest) -> SynchronousAnswer)
        /// Runs as a task on the connection's event loop. What it throws becomes 500 and goes to the observer.
        case asynchronous(@Sendable (HTTPRequest) async throws -> HTTPResponse)
        /// The first, unless it has no answer; then the second.
        case either(
            @Sendable (HTTPRequest) -> SynchronousAnswer?, else: @Sendable (HTTPRequest) async throws -> HTTPResponse)
    }

    /// What a request's body must be.
    public enum Accepts: Sendable {
        case anything
        /// Content-Type application/json, with or without parameters; else 415.
        case json
    }

    public let method: HTTPMethod
    public let pattern: String
    /// As in the contract; the name of the operation in metrics and logs.
    public let operationID: String
    public let accepts: Accepts
    public let handler: Handler

    /// - Parameter pattern: "/public/summary/{event}/{section}": literal segments, and named ones, which take any one
    ///   segment that is not empty.
    public init(
        _ method: HTTPMethod, _ pattern: String, operationID: String, accepts: Accepts = .anything, _ handler: Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.operationID = operationID
        self.accepts = accepts
        self.handler = handler
    }
}

/// What a synchronous handler answers.
public enum SynchronousAnswer: Sendable {
    case response(HTTPResponse)
    case rendered(RenderedResponse)
}
