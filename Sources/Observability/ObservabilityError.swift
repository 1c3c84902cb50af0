/// Why logs, metrics or traces could not be set up. Nothing here is thrown once they run.
public struct ObservabilityError: Error, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A setting has a value that means nothing.
        case invalidSetting
        /// The trace daemon's name has no address, or no UDP socket could be made.
        case unreachableDaemon
    }

    public let code: Code
    /// What, why, and what to do.
    public let message: String
    public let underlying: (any Error)?

    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String { underlying.map { "\(message): \($0)" } ?? message }
}
