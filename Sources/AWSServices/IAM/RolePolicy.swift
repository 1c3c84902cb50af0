public import AWSCore

extension IAM {
    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html)
    public struct PutRolePolicy: AWSOperation {
        public static var service: AWSService { IAM.service }
        public typealias Output = AWSEmpty

        public var roleName: String
        public var policyName: String
        public var policyDocument: String

        public init(roleName: String, policyName: String, policyDocument: String) {
            self.roleName = roleName
            self.policyName = policyName
            self.policyDocument = policyDocument
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html)
    public struct GetRolePolicy: AWSOperation {
        public static var service: AWSService { IAM.service }

        public var roleName: String
        public var policyName: String

        public init(roleName: String, policyName: String) {
            self.roleName = roleName
            self.policyName = policyName
        }

        public struct Output: Decodable, Sendable {
            /// JSON, percent-encoded (RFC 3986).
            public var policyDocument: String
        }
    }

    /// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html)
    public struct DeleteRolePolicy: AWSOperation {
        public static var service: AWSService { IAM.service }
        public typealias Output = AWSEmpty

        public var roleName: String
        public var policyName: String

        public init(roleName: String, policyName: String) {
            self.roleName = roleName
            self.policyName = policyName
        }
    }
}
