/// Why a load test cannot run.
public struct LoadTestError: Error, Sendable, Codable, Equatable, CustomStringConvertible {
    /// What went wrong, for the exit code and for tests.
    public enum Code: String, Sendable, Codable {
        /// An option or a value that cannot be used.
        case usage
        /// The platform cannot be reached.
        case target
        /// The platform answers otherwise than the contract says.
        case contract
        /// A worker ended or said something that is not understood.
        case worker
        /// A file cannot be read or written.
        case file
    }

    public var code: Code
    public var message: String
    /// What to do about it.
    public var next: String

    public init(_ code: Code, _ message: String, next: String) {
        self.code = code
        self.message = message
        self.next = next
    }

    public var description: String { "\(message); \(next)" }
}
