/// A call to PostgreSQL that did not succeed. Never holds a password, a URL or a parameter's value.
public struct PostgresError: Error, Sendable {
    public enum Kind: String, Sendable {
        /// The URL or a setting is unusable; nothing was sent.
        case configuration
        /// No session: refused, unreachable, unknown host, TLS or sign-in failed.
        case connect
        /// The server refused the statement: `sqlState` tells why.
        case server
        /// The client's own limit passed. The session is closed, and the statement may or may not have been applied.
        case timeout
        /// The session ended before the answer was complete: the statement may or may not have been applied.
        case connectionLost
        /// The session was closed before this call.
        case closed
        /// Another call is running on this session: a connection serves one task at a time.
        case busy
        /// No session became free in time, or too many callers wait for one already. Nothing was sent.
        case overloaded
        /// An earlier statement of the same transaction failed, so the server did not run this one.
        case skipped
        /// A value that cannot be sent, or an answer that is not of the type asked for.
        case value
    }

    public var kind: Kind
    /// The server's or libpq's own words, on one line.
    public var message: String
    /// Five characters (https://www.postgresql.org/docs/current/errcodes-appendix.html); nil when no server spoke.
    public var sqlState: String?
    /// The constraint that refused, where the server names one.
    public var constraint: String?
    /// The server's advice, where it gives one.
    public var hint: String?
    /// The server's detail. It may quote stored values, so it is not part of `description`.
    public var detail: String?
    /// "user@host:port/database".
    public var target: String
    /// True when the statement, or the transaction at its COMMIT, may have been applied although no answer came: look
    /// the outcome up before repeating what is not idempotent. False: it was not applied.
    public var isOutcomeUnknown: Bool
    /// The server ends the session with this error (its severity is FATAL or PANIC).
    var endsSession = false

    public init(
        kind: Kind, message: String, sqlState: String? = nil, constraint: String? = nil, hint: String? = nil,
        detail: String? = nil, target: String
    ) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
        self.hint = hint
        self.detail = detail
        self.target = target
        isOutcomeUnknown = kind == .timeout || kind == .connectionLost
    }
}

extension PostgresError: CustomStringConvertible {
    /// "postgres app@db:5432/ticket: connect: connection refused"
    /// "postgres app@db:5432/ticket: 23505: duplicate key value ... (constraint tickets_live_seat)"
    public var description: String {
        var text = "postgres \(target): \(sqlState ?? kind.rawValue): \(message)"
        if let constraint { text += " (constraint \(constraint))" }
        if let hint { text += "; hint: \(hint)" }
        return text
    }
}
