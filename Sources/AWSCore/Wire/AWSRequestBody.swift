import CurlTransport
import Foundation
import OpenSSLCrypto

/// An operation's method, path, headers and body in its protocol; what is the same for every attempt.
struct AWSRequestBody: Sendable {
    private let method: String
    private let target: String
    private let headers: HTTPHeaders
    private let body: [UInt8]

    /// - Throws: `EncodingError` for what the protocol cannot carry.
    init<Operation: AWSOperation>(_ operation: Operation) throws {
        let rest = operation.rest
        // An object's bytes are no members.
        let value = try rest.body == nil ? WireValue(encoding: operation) : .null
        let names = WireNames(Operation.self)
        switch Operation.service.wire {
        case .json(let version, let prefix):
            (method, target) = ("POST", "/")
            headers = [
                "Content-Type": "application/x-amz-json-" + version, "X-Amz-Target": "\(prefix).\(Operation.action)",
            ]
            body = try value.json(names)
        case .query(let version), .ec2Query(let version):
            (method, target) = ("POST", "/")
            headers = ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"]
            let isEC2 = if case .ec2Query = Operation.service.wire { true } else { false }
            body = Array(try value.form(action: Operation.action, version: version, isEC2: isEC2, names).utf8)
        case .restXML, .restJSON:
            method = rest.method
            target = Self.target(rest)
            var headers = HTTPHeaders(rest.headers)
            if let bytes = rest.body {
                body = bytes
            } else if Operation.service.wire == .restXML {
                body = try rest.xmlRoot.map { Array(try value.xml(root: $0, names).utf8) } ?? []
                if !body.isEmpty { headers["Content-Type"] = "application/xml" }
            } else if ["GET", "HEAD"].contains(rest.method) {
                body = []
            } else {
                body = try value.json(names)
                headers["Content-Type"] = "application/json"
            }
            if rest.sendsChecksum {
                let hasher = SHA256()
                hasher.update(body)
                headers["x-amz-checksum-sha256"] = Data(hasher.finalize()).base64EncodedString()
            }
            self.headers = headers
        }
    }

    /// The request to `endpoint`, unsigned.
    func request(to endpoint: AWSEndpoint, timeout: Duration?) -> HTTPRequest {
        HTTPRequest(
            method: method, url: endpoint.url + target, headers: headers, body: .bytes(body), timeout: timeout)
    }

    private static func target(_ rest: AWSRESTRequest) -> String {
        guard !rest.query.isEmpty else { return rest.path }
        let fields = rest.query.map { $0.name.percentEncoded() + "=" + $0.value.percentEncoded() }
        return rest.path + "?" + fields.joined(separator: "&")
    }
}

/// How an operation's answer is read.
struct AWSAnswer<Operation: AWSOperation> {
    private let rest: AWSRESTRequest

    init(_ operation: Operation.Type, rest: AWSRESTRequest) { self.rest = rest }

    /// - Throws: `DecodingError`, or the parser's error.
    func decode(_ response: HTTPResponse) throws -> Operation.Output {
        if let type = Operation.Output.self as? any AWSBodyOutput.Type,
            let output = type.init(body: response.body) as? Operation.Output
        {
            return output
        }
        switch Operation.service.wire {
        case .json: return try JSONSource(parsing: response.body).decode(Operation.Output.self)
        case .restJSON: return try withHeaders(JSONSource(parsing: response.body), response)
        case .query:
            let root = try XMLNode.parse(response.body)
            let result = root.child(Operation.action + "Result") ?? root
            return try XMLSource(result, lists: .wrapped).decode(Operation.Output.self)
        case .ec2Query:
            return try XMLSource(XMLNode.parse(response.body), lists: .wrapped).decode(Operation.Output.self)
        case .restXML:
            let root = response.body.isEmpty ? XMLNode.empty : try XMLNode.parse(response.body)
            return try withHeaders(XMLSource(root, lists: .repeated), response)
        }
    }

    private func withHeaders(_ source: some WireSource, _ response: HTTPResponse) throws -> Operation.Output {
        var source = source
        for (header, member) in rest.outputHeaders {
            if let value = response.headers[header] { source = source.setting(member, to: value) }
        }
        return try source.decode(Operation.Output.self)
    }
}
