/// A call to Redis that did not succeed. Never holds a password, a URL or an argument's value.
public struct RedisError: Error, Sendable, Equatable {
    public enum Kind: Sendable, Hashable {
        /// The URL, a setting or a command is unusable; nothing was sent.
        case configuration
        /// There is no session with the node: not reached, TLS or sign-in failed, or lost. A command that was under way
        /// when the session was lost may or may not have been applied.
        case connect
        /// No answer within `commandTimeout`: the command may or may not have been applied.
        case timeout
        /// `maxPendingCommands` or the bytes not yet written are used up; nothing was sent.
        case overloaded
        /// The client was closed.
        case closed
        /// The server refused; the code is the first word of its answer: READONLY, WRONGTYPE, NOAUTH, CLUSTERDOWN, ERR ...
        case server(code: String)
        /// The peer's bytes are no RESP2 answers, or an answer is larger than allowed; the session was closed.
        case protocolViolation
    }

    public var kind: Kind
    /// What happened, on one line; the server's own words where it spoke.
    public var message: String
    /// "host:port".
    public var target: String

    public init(kind: Kind, message: String, target: String) {
        self.kind = kind
        self.message = message
        self.target = target
    }

    /// First word of the server's answer; nil when it was not the server that refused.
    public var code: String? {
        guard case .server(let code) = kind else { return nil }
        return code
    }
}

extension RedisError {
    /// An error answer of a node ("WRONGTYPE Operation against a key ...").
    init(answer: String, target: String) {
        let code = answer.prefix { $0 != " " }
        self.init(kind: .server(code: String(code)), message: answer, target: target)
    }
}

extension RedisError: CustomStringConvertible {
    /// "redis cache:6379: timeout: no answer within 0.2 seconds"
    public var description: String {
        switch kind {
        case .server: "redis \(target): \(message)"
        case .protocolViolation: "redis \(target): protocol violation: \(message)"
        default: "redis \(target): \(kind): \(message)"
        }
    }
}
