import Synchronization

/// One call of an AWS API: the value is its input, `Output` its answer.
///
/// The type's name is the API's action name (`CreateVpc`), its stored properties are the input's members in
/// lowerCamelCase. A `nil` member is not sent.
///
/// # Names of the input
/// A member's wire name is the first of these that exists:
/// 1. the operation's `wireNames`, then its service's: `["dbClusterIdentifier": "DBClusterIdentifier"]`. The tables
///    hold at every depth of the input, by the name of the property (or its `CodingKeys` string).
/// 2. the service's `memberNames` rule on the property's name (or its `CodingKeys` string): pascal makes the first
///    letter upper case (`queueUrl` -> `QueueUrl`), camel changes nothing.
///
/// Keys of dictionaries are data: they are sent verbatim, in sorted order.
///
/// # Lists and maps of the input (write `[T]` and `[String: T]`)
/// | protocol | list | map |
/// |---|---|---|
/// | JSON, REST-JSON | array | object |
/// | Query | `Name.member.N` (other elements: see below) | `Name.entry.N.key`, `Name.entry.N.value` |
/// | EC2 Query | `Name.N`; give the singular wire name: `["vpcIds": "VpcId"]` -> `VpcId.N` | none |
/// | REST-XML | the element repeated; a wrapper is a struct of its own | none |
///
/// - Query: a wire name with a dot names the list's elements: `["tags": "Tags.Tag"]` -> `Tags.Tag.N`. One that ends in
///   a dot flattens the list: `["name": "Name."]` -> `Name.N`.
/// - REST-XML: `struct Items { var origin: [Origin] }` -> `<Items><Origin/><Origin/></Items>`. `rest.xmlRoot` names the
///   body's root; when the input has a member of that wire name, the member is the body and the other members are not
///   sent (they are in the path, query or headers).
/// - REST-JSON: the body is the whole input; leave members of the path or query out of `CodingKeys`. GET and HEAD have
///   no body.
///
/// `Date` is epoch seconds in JSON and ISO 8601 elsewhere; `Data` is base64; an enum with `String` raw values is a
/// string. Members come out in the order they are declared (it matters in REST-XML), JSON objects with sorted keys.
///
/// # The answer
/// `Output` is a plain `Decodable` struct. A member of the answer matches the property of the same name (or
/// `CodingKeys` string), case ignored: `<vpcId>`, `"VpcId"` -> `vpcId`; `DBClusterIdentifier` -> `dbClusterIdentifier`;
/// `ARN` -> `arn`; `<vpcSet>` -> `vpcSet`. `wireNames` does not apply to answers. Unknown members are ignored.
/// - `[T]`, `[String: T]`: never optional, since a missing or empty one decodes as empty. In Query and EC2 Query the
///   list is the element around the items, whatever those are called (`<vpcSet><item>`, `<Roles><member>`,
///   `<DBClusters><DBCluster>`): `var dbClusters: [DBCluster]`. In REST-XML the list is the repeated element itself, as
///   in the input.
/// - Anything else the API does not promise: an optional. An empty element is `nil` for all but `String` ("").
/// - Query: `Output` is what stands inside `<ActionResult>`; EC2 Query and REST-XML: inside the root element
///   (CloudFront's `<Distribution><Id>` -> `Output.id`); `rest.outputHeaders` adds headers as members.
public protocol AWSOperation: Encodable, Sendable {
    associatedtype Output: Decodable & Sendable
    static var service: AWSService { get }
    /// The API's action name. Default: the type's own name.
    static var action: String { get }
    /// Wire names that the service's rule and table do not give: property name to wire name, at every depth.
    static var wireNames: [String: String] { get }
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
    /// Absolute path with every segment already percent-encoded, "/2020-05-31/distribution"; of an S3 call: "", what it
    /// addresses is `s3`.
    public var path: String
    /// The bucket, or the object in it, of an S3 call.
    public var s3: S3Address?
    public var query: [(name: String, value: String)]
    public var headers: [(name: String, value: String)]
    /// The XML body's root element and its namespace; `nil`: the operation has no body.
    public var xmlRoot: (name: String, namespace: String)?
    /// The body where it is no document of the operation's members.
    public var body: [UInt8]?
    /// Sends the body's SHA-256 in x-amz-checksum-sha256, which S3 asks for where it replaces settings and deletes many
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
    public var sendsChecksum = false
    /// A header of the answer to put into the output, wire name to member name ("ETag": "eTag").
    public var outputHeaders: [String: String]

    /// `path`: absolute and percent-encoded; `query`: not yet encoded.
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

    /// A call of S3, whose endpoint depends on the bucket's name. `body`: in place of the encoded members.
    public init(
        method: String, s3: S3Address, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], xmlRoot: (name: String, namespace: String)? = nil,
        body: [UInt8]? = nil, sendsChecksum: Bool = false, outputHeaders: [String: String] = [:]
    ) {
        self.init(
            method: method, path: "", query: query, headers: headers, xmlRoot: xmlRoot, outputHeaders: outputHeaders)
        self.s3 = s3
        self.body = body
        self.sendsChecksum = sendsChecksum
    }
}

extension AWSOperation {
    public static var action: String { ActionNames.name(of: Self.self) }

    public static var effect: AWSEffect {
        let verbs = ["Describe", "Get", "List", "BatchGet", "BatchCheck", "Head", "Lookup", "Simulate", "Filter"]
        return verbs.contains(where: action.hasPrefix) ? .read : .write
    }

    public static var replay: AWSReplay {
        let verbs = ["Create", "Allocate", "Run", "Register", "Request", "Import", "Restore"]
        return verbs.contains(where: action.hasPrefix) ? .lookUp : .safe
    }

    public static var wireNames: [String: String] { [:] }

    public var rest: AWSRESTRequest { AWSRESTRequest(method: "POST", path: "/") }
}

/// The names of operations' types; asking the runtime takes microseconds, several times a call.
private enum ActionNames {
    private static let known = Mutex<[ObjectIdentifier: String]>([:])

    static func name(of type: any AWSOperation.Type) -> String {
        known.withLock { known in
            let key = ObjectIdentifier(type)
            if let name = known[key] { return name }
            let name = String(describing: type)
            known[key] = name
            return name
        }
    }
}

/// The answer of an operation that says nothing but that it worked.
public struct AWSEmpty: Codable, Sendable {
    public init() {}
}

/// The answer of an operation whose body is the thing itself and no document: an object of S3.
public protocol AWSBodyOutput: Decodable, Sendable {
    init(body: [UInt8])
}

/// An operation that answers in pages.
public protocol AWSPaginated: AWSOperation {
    /// The member that takes the token of the next page:
    /// `static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }`.
    static var inputToken: WritableKeyPath<Self, String?> { get }
    /// The token of the page after `output`; `nil` or "" on the last one.
    static func outputToken(_ output: Output) -> String?
}
