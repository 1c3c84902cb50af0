public import AWSCore

extension IAM {
    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html)
    public struct Role: Decodable, Sendable {
        public var arn: String
        public var roleName: String
        public var path: String
        /// JSON, percent-encoded (RFC 3986).
        public var assumeRolePolicyDocument: String?
        /// `ListRoles` leaves them out.
        public var tags: [Tag]
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html)
    public struct CreateRole: AWSOperation {
        public static var service: AWSService { IAM.service }

        public var roleName: String
        public var assumeRolePolicyDocument: String
        public var tags: [Tag]

        public init(roleName: String, assumeRolePolicyDocument: String, tags: [Tag]) {
            self.roleName = roleName
            self.assumeRolePolicyDocument = assumeRolePolicyDocument
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var role: Role
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html)
    public struct GetRole: AWSOperation {
        public static var service: AWSService { IAM.service }

        public var roleName: String

        public init(roleName: String) { self.roleName = roleName }

        public struct Output: Decodable, Sendable {
            public var role: Role
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html)
    public struct UpdateAssumeRolePolicy: AWSOperation {
        public static var service: AWSService { IAM.service }
        public typealias Output = AWSEmpty

        public var roleName: String
        public var policyDocument: String

        public init(roleName: String, policyDocument: String) {
            self.roleName = roleName
            self.policyDocument = policyDocument
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html)
    public struct DeleteRole: AWSOperation {
        public static var service: AWSService { IAM.service }
        public typealias Output = AWSEmpty

        public var roleName: String

        public init(roleName: String) { self.roleName = roleName }
    }
}
