/// What a request is for; each class has histograms of its own.
public enum RequestClass: String, Sendable, Codable, CaseIterable {
    case read, enter, poll, hold, intent, callback, commit, status, release
    /// An intent or a commit again.
    case replay

    /// Statuses that mean: done as asked.
    func isSuccess(_ status: Int) -> Bool {
        switch self {
        case .read: status == 200 || status == 304
        case .intent: status == 201 || status == 200
        case .commit: status == 202
        case .replay: status == 200 || status == 202
        case .enter, .poll, .hold, .callback, .status, .release: status == 200
        }
    }

    /// Statuses by which the platform refuses in order: too many asked, somebody else has the seat.
    func isRefusal(_ status: Int) -> Bool {
        switch self {
        case .read: status == 429
        case .enter, .poll, .release, .callback, .status: status == 429 || status == 401
        case .hold: [401, 403, 409, 422, 429].contains(status)
        case .intent, .replay: [409, 410, 429].contains(status)
        case .commit: [402, 409, 410, 429].contains(status)
        }
    }
}

/// Why a request has no answer.
public enum Failure: String, Sendable, Codable, CaseIterable {
    /// Not begun: too many waited for a connection already.
    case dropped
    case dns
    case refused
    case unreachable
    case connectTimeout
    /// No file descriptor or no port of this machine was left (EMFILE, ENFILE, EADDRNOTAVAIL, ENOBUFS).
    case socketsExhausted
    case tls
    /// No whole answer within the limit.
    case timeout
    /// The connection ended before the answer did.
    case closed
    /// The answer is no HTTP/1.1, or has not the shape of the contract.
    case malformed

    public var explanation: String {
        switch self {
        case .dropped: "not begun: too many waited for a connection (limits.pending)"
        case .dns: "the name could not be resolved"
        case .refused: "nothing listens there"
        case .unreachable: "the network does not lead there"
        case .connectTimeout: "no connection within the limit"
        case .socketsExhausted: "this machine has no more sockets: raise ulimit -n, or use more machines"
        case .tls: "TLS failed"
        case .timeout: "no answer within limits.timeoutMilliseconds"
        case .closed: "the connection was closed before the answer"
        case .malformed: "the answer is no HTTP/1.1, or not of the shape that the contract says"
        }
    }
}
