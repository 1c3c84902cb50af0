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
        switch token.count {
        case 3 where token.elementsEqual("GET".utf8): self = .get
        case 3 where token.elementsEqual("PUT".utf8): self = .put
        case 4 where token.elementsEqual("POST".utf8): self = .post
        case 4 where token.elementsEqual("HEAD".utf8): self = .head
        case 5 where token.elementsEqual("PATCH".utf8): self = .patch
        case 6 where token.elementsEqual("DELETE".utf8): self = .delete
        case 7 where token.elementsEqual("OPTIONS".utf8): self = .options
        default: self = .other
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
