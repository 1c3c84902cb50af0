public import AWSCore
public import Foundation

extension ECR {
    /// A password for the registry, good for twelve hours
    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html).
    public struct GetAuthorizationToken: AWSOperation {
        public static var service: AWSService { ECR.service }

        public init() {}

        public struct Output: Decodable, Sendable {
            public var authorizationData: [AuthorizationData]
        }
    }

    public struct AuthorizationData: Decodable, Sendable {
        /// Base64 of "user:password". A secret.
        public var authorizationToken: String
        public var expiresAt: Date?
        /// "https://123456789012.dkr.ecr.ap-northeast-1.amazonaws.com"
        public var proxyEndpoint: String?
    }
}
