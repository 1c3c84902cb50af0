/// A request method (RFC 9110, section 9). The usual ones compare without touching memory.
public enum HTTPMethod: Sendable, Hashable {
    case get
    case head
    case post
    case put
    case delete
    case options
    case patch
    /// Any other token; no route has it, so that it ends as 404 or 405.
    case other(String)

    /// As it stands in the request line.
    public var name: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .patch: "PATCH"
        case .other(let name): name
        }
    }

    /// RFC 9110, section 9.2.1: no state changes, so that pipelined requests may run at once.
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options: true
        case .post, .put, .delete, .patch, .other: false
        }
    }
}

/// `HTTPMethod` without its payload, as a parsed head stores it.
enum MethodCode: UInt8, Sendable, CaseIterable {
    case get, head, post, put, delete, options, patch, other

    init(_ method: HTTPMethod) {
        self =
            switch method {
            case .get: .get
            case .head: .head
            case .post: .post
            case .put: .put
            case .delete: .delete
            case .options: .options
            case .patch: .patch
            case .other: .other
            }
    }

    /// Methods are case-sensitive.
    init(token: UnsafeRawBufferPointer) {
        self = .other
        guard token.count <= 8 else { return }
        // The letters as one number: comparing is one instruction.
        var word: UInt64 = 0
        for byte in token { word = word << 8 | UInt64(byte) }
        switch word {
        case 0x47_4554: self = .get
        case 0x4845_4144: self = .head
        case 0x504F_5354: self = .post
        case 0x50_5554: self = .put
        case 0x4445_4C45_5445: self = .delete
        case 0x4F_5054_494F_4E53: self = .options
        case 0x50_4154_4348: self = .patch
        default: break
        }
    }

    var method: HTTPMethod? {
        switch self {
        case .get: .get
        case .head: .head
        case .post: .post
        case .put: .put
        case .delete: .delete
        case .options: .options
        case .patch: .patch
        case .other: nil
        }
    }

    var isSafe: Bool { self == .get || self == .head || self == .options }
}
