public import CurlTransport

/// A call that did not succeed. The remote's own words stay.
public struct AWSError: Error, Sendable {
    public enum Cause: Sendable {
        /// AWS answered with an error: `code` and `message` are AWS's.
        case service
        /// No complete answer; the call certainly did not happen.
        case unreachable(TransportError)
        /// The answer was lost and the call may have happened (`AWSReplay.lookUp` operations only).
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

    public init(
        cause: Cause = .service, code: String, message: String, status: Int = 0, requestID: String? = nil,
        service: String, action: String, region: String, attempts: Int = 1
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
    }

    public var isAnswerLost: Bool {
        if case .answerLost = cause { true } else { false }
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
