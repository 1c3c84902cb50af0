public import AWSCore

extension EC2 {
    public struct SecurityGroupRule: Decodable, Sendable {
        public struct ReferencedGroup: Decodable, Sendable {
            public var groupId: String?
        }

        public var securityGroupRuleId: String
        public var isEgress: Bool
        public var ipProtocol: String
        /// -1 where the protocol has no ports.
        public var fromPort: Int?
        public var toPort: Int?
        public var cidrIpv4: String?
        public var cidrIpv6: String?
        public var prefixListId: String?
        public var referencedGroupInfo: ReferencedGroup?
    }

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

    /// Lists rules, one source each, with their ids
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html).
    public struct DescribeSecurityGroupRules: Listing {
        public struct Output: Page {
            public var securityGroupRuleSet: [SecurityGroupRule]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Rewrites rules in place, without a moment in which they are missing
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html).
    public struct ModifySecurityGroupRules: Operation {
        public typealias Output = AWSEmpty

        public struct Update: Encodable, Sendable {
            public var securityGroupRuleId: String
            public var securityGroupRule: Rule

            public init(securityGroupRuleId: String, securityGroupRule: Rule) {
                self.securityGroupRuleId = securityGroupRuleId
                self.securityGroupRule = securityGroupRule
            }
        }

        /// The whole rule; exactly one source.
        public struct Rule: Encodable, Sendable {
            public var ipProtocol: String
            public var fromPort: Int?
            public var toPort: Int?
            public var cidrIpv4: String?
            public var cidrIpv6: String?
            public var prefixListId: String?
            public var referencedGroupId: String?
            public var description: String?

            public init(
                ipProtocol: String, fromPort: Int?, toPort: Int?, cidrIpv4: String? = nil, cidrIpv6: String? = nil,
                prefixListId: String? = nil, referencedGroupId: String? = nil, description: String?
            ) {
                self.ipProtocol = ipProtocol
                self.fromPort = fromPort
                self.toPort = toPort
                self.cidrIpv4 = cidrIpv4
                self.cidrIpv6 = cidrIpv6
                self.prefixListId = prefixListId
                self.referencedGroupId = referencedGroupId
                self.description = description
            }
        }

        public var groupId: String
        public var securityGroupRules: [Update]

        public init(groupId: String, securityGroupRules: [Update]) {
            self.groupId = groupId
            self.securityGroupRules = securityGroupRules
        }
    }
}
