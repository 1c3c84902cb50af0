public import CurlTransport

/// A call that did not succeed. The remote's own words stay.
public struct AWSError: Error, Sendable {
    /// How a call failed, which decides whether it may have happened.
    public enum Cause: Sendable {
        /// AWS answered with an error: `code` and `message` are AWS's.
        case service
        /// No complete answer; the call did not happen, or only read.
        case unreachable(TransportError)
        /// The answer was lost and the call may have happened: a write. `AWSReplay.lookUp` operations end so at the
        /// first loss (a server's 5xx included), the others when their attempts are used up.
        case answerLost(TransportError)
        /// An answer that does not decode.
        case malformedAnswer
        /// No credentials, or they expired and could not be renewed.
        case credentials
    }

    public var cause: Cause
    /// AWS's code without prefixes and suffixes ("ResourceNotFoundException", "InvalidVpcID.NotFound").
    public var code: String
    public var message: String
    /// 0 when there was no answer.
    public var status: Int
    public var requestID: String?
    public var service: String
    public var action: String
    public var region: String
    /// Attempts made, the first included.
    public var attempts: Int
    /// The error's body as it came, at most `AWSError.maximumBodyBytes`: what else the service says, such as DynamoDB's
    /// CancellationReasons. Empty when there was none.
    public var body: [UInt8]
    /// An earlier attempt of this write lost its answer and may have happened: a refused condition may be the call's own
    /// doing.
    public var followsLostAnswer = false

    public static let maximumBodyBytes = 64 * 1024

    public init(
        cause: Cause = .service, code: String, message: String, status: Int = 0, requestID: String? = nil,
        service: String, action: String, region: String, attempts: Int = 1, body: [UInt8] = []
    ) {
        self.cause = cause
        self.code = code
        self.message = message
        self.status = status
        self.requestID = requestID
        self.service = service
        self.action = action
        self.region = region
        self.attempts = attempts
        self.body = Array(body.prefix(Self.maximumBodyBytes))
    }

    public var isAnswerLost: Bool {
        if case .answerLost = cause { true } else { false }
    }

    /// The members of a JSON service's error beyond its code and message, read as an answer's are; `nil` when `body` does
    /// not decode as such.
    public func details<Details: Decodable>(_ type: Details.Type) -> Details? {
        guard !body.isEmpty else { return nil }
        return try? JSONSource(parsing: body).decode(type)
    }
}

extension AWSError: CustomStringConvertible {
    /// "ec2:CreateVpc in ap-northeast-1: VpcLimitExceeded: The maximum ... (HTTP 400, request 1234, 1 attempt)"
    public var description: String {
        var facts: [String] = []
        if status != 0 { facts.append("HTTP \(status)") }
        if let requestID { facts.append("request \(requestID)") }
        facts.append(attempts == 1 ? "1 attempt" : "\(attempts) attempts")
        return "\(service):\(action) in \(region): \(code): \(message) (\(facts.joined(separator: ", ")))"
    }
}
