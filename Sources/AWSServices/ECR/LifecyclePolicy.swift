public import AWSCore

extension ECR {
    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html)
    public struct PutLifecyclePolicy: AWSOperation {
        public static var service: AWSService { ECR.service }
        public typealias Output = AWSEmpty

        public var repositoryName: String
        /// JSON (https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html).
        public var lifecyclePolicyText: String

        public init(repositoryName: String, lifecyclePolicyText: String) {
            self.repositoryName = repositoryName
            self.lifecyclePolicyText = lifecyclePolicyText
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetLifecyclePolicy.html)
    public struct GetLifecyclePolicy: AWSOperation {
        public static var service: AWSService { ECR.service }

        public var repositoryName: String

        public init(repositoryName: String) { self.repositoryName = repositoryName }

        public struct Output: Decodable, Sendable {
            public var lifecyclePolicyText: String?
        }
    }
}
