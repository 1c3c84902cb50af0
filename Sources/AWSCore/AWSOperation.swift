/// One call of an AWS API: the value is its input, `Output` its answer.
///
/// The type's name is the API's action name (`CreateVpc`), its stored properties are the input's members in
/// lowerCamelCase; the wire name of a member is derived by the service's `memberNames` rule unless a `CodingKeys` says
/// otherwise. A `nil` member is not sent.
public protocol AWSOperation: Encodable, Sendable {
    associatedtype Output: Decodable & Sendable
    static var service: AWSService { get }
    /// The API's action name. Default: the type's own name.
    static var action: String { get }
    /// Whether the call changes anything. Default: by the action's verb (Describe, Get, List, BatchGet, Head, Lookup,
    /// Simulate and Filter read).
    static var effect: AWSEffect { get }
    /// What to do when the answer was lost. Default: by the verb (Create, Allocate, Run, Register, Request, Import and
    /// Restore are looked up by the caller, everything else is safe to repeat).
    static var replay: AWSReplay { get }
    /// Method, path and query of the REST protocols; ignored by the others.
    var rest: AWSRESTRequest { get }
}

/// Whether a call only reads.
public enum AWSEffect: Sendable { case read, write }

/// What may be done with a call whose answer was lost (it may have happened).
public enum AWSReplay: Sendable {
    /// Repeating it is harmless.
    case safe
    /// Repeating it could make a second thing: the client throws `AWSError.isAnswerLost` and the caller looks.
    case lookUp
}

/// The HTTP binding of one REST operation.
public struct AWSRESTRequest: Sendable {
    public var method: String
    /// Absolute path with every segment already percent-encoded, "/2020-05-31/distribution".
    public var path: String
    public var query: [(name: String, value: String)]
    public var headers: [(name: String, value: String)]
    /// The XML body's root element and its namespace; `nil`: the operation has no body.
    public var xmlRoot: (name: String, namespace: String)?
    /// A header of the answer to put into the output, wire name to member name ("ETag": "eTag").
    public var outputHeaders: [String: String]

    public init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], xmlRoot: (name: String, namespace: String)? = nil,
        outputHeaders: [String: String] = [:]
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.xmlRoot = xmlRoot
        self.outputHeaders = outputHeaders
    }
}

extension AWSOperation {
    public static var action: String { String(describing: Self.self) }

    public static var effect: AWSEffect {
        let verbs = ["Describe", "Get", "List", "BatchGet", "BatchCheck", "Head", "Lookup", "Simulate", "Filter"]
        return verbs.contains(where: action.hasPrefix) ? .read : .write
    }

    public static var replay: AWSReplay {
        let verbs = ["Create", "Allocate", "Run", "Register", "Request", "Import", "Restore"]
        return verbs.contains(where: action.hasPrefix) ? .lookUp : .safe
    }

    public var rest: AWSRESTRequest { AWSRESTRequest(method: "POST", path: "/") }
}

/// The answer of an operation that says nothing but that it worked.
public struct AWSEmpty: Codable, Sendable {
    public init() {}
}
