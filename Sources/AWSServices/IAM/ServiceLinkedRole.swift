public import AWSCore

extension IAM {
    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html)
    public struct ListRoles: AWSPaginated {
        public static var service: AWSService { IAM.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.marker }
        public static func outputToken(_ output: Output) -> String? { output.marker }

        /// "/aws-service-role/"
        public var pathPrefix: String
        /// 1 to 1000.
        public var maxItems: Int
        public var marker: String?

        public init(pathPrefix: String, maxItems: Int = 1000) {
            self.pathPrefix = pathPrefix
            self.maxItems = maxItems
        }

        public struct Output: Decodable, Sendable {
            public var roles: [Role]
            public var marker: String?
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html)
    public struct CreateServiceLinkedRole: AWSOperation {
        public static var service: AWSService { IAM.service }

        /// "ecs.amazonaws.com"
        public var awsServiceName: String

        public init(awsServiceName: String) { self.awsServiceName = awsServiceName }

        public struct Output: Decodable, Sendable {
            public var role: Role
        }
    }
}
