public import AWSCore

extension SecretsManager {
    /// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)
    public struct GetSecretValue: AWSOperation {
        public static var service: AWSService { SecretsManager.service }

        /// Name or ARN.
        public var secretId: String

        public init(secretId: String) { self.secretId = secretId }

        public struct Output: Decodable, Sendable {
            public var secretString: String
        }
    }
}
