import CurlTransport
import Foundation

/// What an answer says went wrong, in any protocol.
struct AWSErrorAnswer: Sendable {
    var code: String
    var message: String
    var requestID: String?

    /// Reads an answer whose status is an error's. Never fails: an answer nobody understands is named by its status.
    init(_ response: HTTPResponse) {
        let text = response.headers["content-type"]?.lowercased() ?? ""
        let start = response.body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let isHTML = text.contains("html") || Self.looksLikeHTML(response.body)
        requestID = Self.requestID(response.headers)
        var code: String?
        var message: String?
        if isHTML {
            // Emulators answer what they lack with an error page.
            code = response.status == 500 || response.status == 501 ? "NotImplemented" : nil
            message = "the endpoint answered with an HTML page"
        } else if start == UInt8(ascii: "<"), let root = try? XMLNode.parse(response.body) {
            let error = root.child("Errors")?.child("Error") ?? root.child("Error") ?? root
            code = error.child("Code")?.text
            message = error.child("Message")?.text
            requestID = requestID ?? root.child("RequestId")?.text ?? root.child("RequestID")?.text
        } else if start == UInt8(ascii: "{"), let root = try? JSONSource(parsing: response.body) {
            code = root.member("__type")?.string ?? root.member("code")?.string
            message = root.member("message")?.string ?? root.member("errorMessage")?.string
        }
        // "com.amazonaws.ecs#ClusterNotFoundException:http://..." and "Code;Sender" (the Query code of a JSON service).
        let query = response.headers["x-amzn-query-error"]?.split(separator: ";").first.map(String.init)
        let named = query ?? response.headers["x-amzn-errortype"] ?? code
        let bare = named.map { $0.prefix { $0 != ":" } }?.split(separator: "#").last.map(String.init)
        self.code =
            bare.flatMap { $0.isEmpty ? nil : $0.trimmingCharacters(in: .whitespaces) }
            ?? Self.code(ofStatus: response.status)
        self.message = message.flatMap { $0.isEmpty ? nil : $0 } ?? "no message came with it"
        // S3 says so in every answer about a bucket; a wrong region is a 301, 307 or a 400 about the signature
        // (https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html).
        let isElsewhere = (300..<400).contains(response.status) || self.code == "AuthorizationHeaderMalformed"
        if isElsewhere, let region = response.headers["x-amz-bucket-region"] {
            self.message += " (the bucket is in \(region): ask there)"
        }
    }

    static func requestID(_ headers: HTTPHeaders) -> String? {
        headers["x-amzn-requestid"] ?? headers["x-amz-request-id"] ?? headers["x-amz-id-2"]
    }

    private static func looksLikeHTML(_ body: [UInt8]) -> Bool {
        let start = String(decoding: body.prefix(64), as: UTF8.self).lowercased().drop(while: \.isWhitespace)
        return start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
    }

    private static func code(ofStatus status: Int) -> String {
        switch status {
        case 301: "PermanentRedirect"
        case 307: "TemporaryRedirect"
        case 400: "BadRequest"
        case 401, 403: "AccessDenied"
        case 404: "NotFound"
        case 412: "PreconditionFailed"
        case 429: "TooManyRequests"
        case 500: "InternalFailure"
        case 502: "BadGateway"
        case 503: "ServiceUnavailable"
        case 504: "GatewayTimeout"
        default: "HTTP\(status)"
        }
    }
}
