/// An HTTP request with an absolute, already percent-encoded URL.
public struct HTTPRequest: Sendable {
    public var method: String
    /// Absolute and percent-encoded; sent byte for byte as it stands.
    public var url: String
    public var headers: HTTPHeaders
    public var body: HTTPBody
    /// The whole exchange, from connecting to the last body byte. `nil`: the transport's default.
    public var timeout: Duration?
    /// Goes to the peer itself whatever proxy the environment names: for link-local endpoints.
    public var bypassesProxy: Bool

    public init(
        method: String, url: String, headers: HTTPHeaders = [:], body: HTTPBody = .bytes([]), timeout: Duration? = nil,
        bypassesProxy: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.bypassesProxy = bypassesProxy
    }
}

/// What a request carries.
public enum HTTPBody: Sendable {
    case bytes([UInt8])
    /// `length` bytes of the file at `path` from `offset`, streamed: memory stays bounded whatever the length.
    case file(path: String, offset: Int, length: Int)
}

/// A complete answer. Statuses are not errors at this layer.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: [UInt8]

    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Header fields in order; names compare case-insensitively (RFC 9110 section 5.1).
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public private(set) var fields: [(name: String, value: String)]

    public init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    /// The first value of `name`; setting replaces every field of that name, setting `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.isSame($0.name, name) }?.value }
        set {
            fields.removeAll { Self.isSame($0.name, name) }
            if let newValue { fields.append((name: name, value: newValue)) }
        }
    }

    /// Adds a field beside others of the same name.
    public mutating func add(_ name: String, _ value: String) {
        fields.append((name: name, value: value))
    }

    /// Field names are ASCII (RFC 9110 section 5.1).
    private static func isSame(_ left: String, _ right: String) -> Bool {
        func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
        return left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { $0 == $1 || lowercased($0) == lowercased($1) }
    }

    public static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.fields.count == right.fields.count
            && zip(left.fields, right.fields).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    }
}
