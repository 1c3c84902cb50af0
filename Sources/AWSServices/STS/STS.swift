public import AWSCore

/// AWS Security Token Service (https://docs.aws.amazon.com/STS/latest/APIReference/).
public enum STS {
    public static let service = AWSService(name: "sts", wire: .query(version: "2011-06-15"))

    /// Says whose credentials the caller has; needs no permission
    /// (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
    public struct GetCallerIdentity: AWSOperation {
        public struct Output: Decodable, Sendable {
            /// Twelve digits.
            public var account: String
            public var arn: String
            public var userId: String
        }

        public static var service: AWSService { STS.service }

        public init() {}
    }
}
