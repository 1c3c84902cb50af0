import CurlTransport
public import Foundation

/// What can be done about an error answer.
enum FailureKind: Equatable, Sendable {
    /// Refused before it was looked at: waiting helps, and nothing happened.
    case throttled
    /// The service broke; something may have happened.
    case serverFault
    /// The credentials are over.
    case expiredCredentials
    /// The service's clock is ahead of ours by this many seconds.
    case clockSkew(TimeInterval)
    /// The request is wrong: repeating it changes nothing.
    case permanent

    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html and the services' own documents.
    private static let throttleCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "TooManyRequests", "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "ProvisionedThroughputExceededException", "SlowDown", "PriorRequestNotComplete",
        "TransactionInProgressException", "TransactionConflictException", "EC2ThrottledException",
        // Of conditional writes at the same time, which are to be repeated
        // (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
        "ConditionalRequestConflict",
    ]
    private static let transientCodes: Set<String> = [
        "RequestTimeout", "RequestTimeoutException", "InternalFailure", "InternalError", "InternalServerError",
        "InternalServiceError", "InternalServiceException", "ServerException", "ServiceUnavailable",
        "ServiceUnavailableException", "Unavailable", "IDPCommunicationError",
    ]
    private static let expiredCodes: Set<String> = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"]
    /// Codes that a wrong clock can cause; whether it did, the answer's Date tells. EC2 says no more than AuthFailure.
    private static let skewCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch", "AuthFailure",
    ]
    /// Services allow five minutes; nearer clocks are another problem.
    private static let smallestSkew: TimeInterval = 240

    init(_ answer: AWSErrorAnswer, _ response: HTTPResponse, service: AWSService, signedAt: Date) {
        let code = answer.code
        if Self.skewCodes.contains(code),
            let serverDate = response.headers["date"].flatMap(Date.init(httpText:))
        {
            let skew = serverDate.timeIntervalSince(signedAt)
            if abs(skew) >= Self.smallestSkew {
                self = .clockSkew(skew)
                return
            }
        }
        // Elsewhere a LimitExceededException is a quota; DynamoDB says so of too many table operations at once.
        let isTableLimit = code == "LimitExceededException" && service.signingName == "dynamodb"
        if Self.throttleCodes.contains(code) || isTableLimit || response.status == 429 {
            self = .throttled
        } else if Self.expiredCodes.contains(code) {
            self = .expiredCredentials
        } else if code == "NotImplemented" || response.status == 501 {
            self = .permanent
        } else if response.status >= 500 || Self.transientCodes.contains(code) {
            self = .serverFault
        } else {
            self = .permanent
        }
    }
}

extension Date {
    /// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
    public init?(httpText: String) {
        let format = Date.VerbatimFormatStyle(
            format: """
                \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
                \(second: .twoDigits) GMT
                """,
            locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
        guard let date = try? Date(httpText, strategy: format.parseStrategy) else { return nil }
        self = date
    }
}
