import Synchronization

/// A Lua script, sent once to each node and then called by the digest that the first node told.
public final class RedisScript: Sendable {
    public let source: String
    private let knownDigest = Mutex<String?>(nil)

    public init(_ source: String) {
        self.source = source
    }

    /// SHA-1 of the source in hexadecimal, as `SCRIPT LOAD` answers; nil before that.
    var digest: String? {
        get { knownDigest.withLock { $0 } }
        set { knownDigest.withLock { $0 = newValue } }
    }
}
