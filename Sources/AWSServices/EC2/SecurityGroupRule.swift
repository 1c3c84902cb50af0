public import AWSCore

extension EC2 {
    /// Lets traffic in (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html).
    public struct AuthorizeSecurityGroupIngress: Operation {
        public typealias Output = AWSEmpty

        public var groupId: String
        public var ipPermissions: [IpPermission]

        public init(groupId: String, ipPermissions: [IpPermission]) {
            self.groupId = groupId
            self.ipPermissions = ipPermissions
        }
    }

    /// Lets traffic out (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html).
    public struct AuthorizeSecurityGroupEgress: Operation {
        public typealias Output = AWSEmpty

        public var groupId: String
        public var ipPermissions: [IpPermission]

        public init(groupId: String, ipPermissions: [IpPermission]) {
            self.groupId = groupId
            self.ipPermissions = ipPermissions
        }
    }

    /// Takes inbound rules away
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html).
    public struct RevokeSecurityGroupIngress: Operation {
        public typealias Output = AWSEmpty

        public var groupId: String
        public var ipPermissions: [IpPermission]

        public init(groupId: String, ipPermissions: [IpPermission]) {
            self.groupId = groupId
            self.ipPermissions = ipPermissions
        }
    }

    /// Takes outbound rules away
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html).
    public struct RevokeSecurityGroupEgress: Operation {
        public typealias Output = AWSEmpty

        public var groupId: String
        public var ipPermissions: [IpPermission]

        public init(groupId: String, ipPermissions: [IpPermission]) {
            self.groupId = groupId
            self.ipPermissions = ipPermissions
        }
    }

    /// Gives inbound rules other descriptions
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html).
    public struct UpdateSecurityGroupRuleDescriptionsIngress: Operation {
        public typealias Output = AWSEmpty

        public var groupId: String
        /// The rules with their new descriptions.
        public var ipPermissions: [IpPermission]

        public init(groupId: String, ipPermissions: [IpPermission]) {
            self.groupId = groupId
            self.ipPermissions = ipPermissions
        }
    }

    /// Gives outbound rules other descriptions
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsEgress.html).
    public struct UpdateSecurityGroupRuleDescriptionsEgress: Operation {
        public typealias Output = AWSEmpty

        public var groupId: String
        /// The rules with their new descriptions.
        public var ipPermissions: [IpPermission]

        public init(groupId: String, ipPermissions: [IpPermission]) {
            self.groupId = groupId
            self.ipPermissions = ipPermissions
        }
    }
}
