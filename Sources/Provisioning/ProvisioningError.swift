/// What stops a run, or one resource of it: what happened, why, and the next command.
public struct ProvisioningError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, for the exit code and for tests.
    public enum Code: String, Sendable, Codable {
        /// A resource of that name is somebody else's.
        case foreign
        /// A setting cannot be changed in place.
        case immutable
        /// A step that this one needs was never made.
        case missingDependency
        /// A saved plan is not what would be done now.
        case stalePlan
        /// Another run holds the lock.
        case locked
        /// The lock was lost while running.
        case lockLost
        /// The journal or a stamp could not be written.
        case storage
        /// A resource reached a state from which it does not become ready.
        case failed
        /// A resource did not become ready, or gone, in time.
        case timedOut
        /// Ctrl-C or SIGTERM.
        case interrupted
        /// An output is needed that is not known.
        case unknownInput
        /// A file under .stamps cannot be read.
        case unreadable
    }

    public var code: Code
    public var what: String
    public var next: String?
    public var underlying: (any Error)?

    /// `what`: with the reason; `next`: the command or the deed that helps.
    public init(_ code: Code, _ what: String, next: String? = nil, underlying: (any Error)? = nil) {
        self.code = code
        self.what = what
        self.next = next
        self.underlying = underlying
    }

    /// What happened and why.
    public var reason: String { underlying.map { "\(what): \($0)" } ?? what }

    public var description: String { next.map { "\(reason); \($0)" } ?? reason }
}
