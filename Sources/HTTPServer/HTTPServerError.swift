/// What the server could not do. Refused requests are answers, not errors.
public struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The address cannot be listened on.
        case bind
        /// `start` came twice, or after `shutdown`.
        case state
        /// `HTTPRequest.init` was given what no server would accept.
        case invalidRequest
        /// A handler passed its time limit.
        case handlerTimeout
    }

    public var code: Code
    public var context: String
    public var underlying: (any Error)?

    init(_ code: Code, _ context: String, underlying: (any Error)? = nil) {
        self.code = code
        self.context = context
        self.underlying = underlying
    }

    public var description: String { underlying.map { "\(context): \($0)" } ?? context }
}
