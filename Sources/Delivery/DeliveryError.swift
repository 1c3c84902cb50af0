/// What kept an image from being built or pushed: what happened and why, and what to do next. Never a credential.
public struct DeliveryError: Error, Sendable {
    /// What went wrong, for the exit code and for tests.
    public enum Code: String, Sendable {
        /// A file that goes into the image is missing or cannot be read.
        case inputUnreadable
        /// A file that goes into the image changed while it was being read.
        case inputChanged
        /// Not a 64-bit Linux program for amd64 or arm64.
        case executableUnsupported
        /// The loader does not find a library that the program needs.
        case libraryMissing
        /// The layout folder cannot be written or read.
        case layoutUnusable
        /// An endpoint, repository name or tag that no registry accepts.
        case nameInvalid
        /// A password would cross the network in the clear.
        case endpointInsecure
        /// No complete answer from the registry.
        case registryUnreachable
        /// The registry answers 5xx; it may work in a moment.
        case registryUnavailable
        /// The registry answers 429.
        case registryThrottled
        /// The registry no longer knows the upload: it was finished by a request whose answer was lost, or dropped.
        case uploadLost
        /// 401: no credentials, or wrong ones.
        case unauthorized
        /// 403, or DENIED: the user may not do this.
        case forbidden
        case repositoryMissing
        /// 413, 507, or a registry whose disk is full.
        case registryFull
        /// Bytes that do not have the digest they should have.
        case digestMismatch
        /// The tag names another image and may not be moved.
        case tagConflict
        /// Any other answer of the registry that is not success.
        case registryRefused
        /// A freeze that nobody could mean, or that cannot be read.
        case freezeInvalid
        /// There is nowhere to keep a freeze.
        case freezeImpossible
    }

    public var code: Code
    /// What happened, and why as far as it is known.
    public var message: String
    /// What to do or to run next.
    public var next: String
    public var underlying: (any Error)?
    /// How long the registry asked to wait before trying again.
    var retryAfter: Duration?
    /// Whether the same call may succeed in a moment.
    var isTransient: Bool

    init(_ code: Code, _ message: String, next: String, underlying: (any Error)? = nil, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.next = next
        self.underlying = underlying
        self.retryAfter = retryAfter
        isTransient =
            switch code {
            case .registryUnreachable, .registryUnavailable, .registryThrottled, .uploadLost: true
            default: false
            }
    }
}

extension DeliveryError: CustomStringConvertible {
    public var description: String { "\(message)\nnext: \(next)" }
}
