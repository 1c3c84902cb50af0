public import AWSCore

extension EC2 {
    public struct SecurityGroup: Decodable, Tagged {
        public var groupId: String
        public var groupName: String
        public var vpcId: String?
        public var ipPermissions: [IpPermission]
        public var ipPermissionsEgress: [IpPermission]
        public var tagSet: [Tag]

        public var identifier: String { groupId }
    }

    /// A protocol and ports, with everyone they are open to. Answers join what differs in the source only.
    public struct IpPermission: Codable, Sendable {
        public struct IpRange: Codable, Sendable {
            public var cidrIp: String
            public var description: String?

            public init(cidrIp: String, description: String?) {
                self.cidrIp = cidrIp
                self.description = description
            }
        }

        public struct Ipv6Range: Codable, Sendable {
            public var cidrIpv6: String
            public var description: String?

            public init(cidrIpv6: String, description: String?) {
                self.cidrIpv6 = cidrIpv6
                self.description = description
            }
        }

        public struct PrefixListId: Codable, Sendable {
            public var prefixListId: String
            public var description: String?

            public init(prefixListId: String, description: String?) {
                self.prefixListId = prefixListId
                self.description = description
            }
        }

        public struct Group: Codable, Sendable {
            public var groupId: String
            /// The account of the group; sent back as it was answered.
            public var userId: String?
            public var description: String?

            public init(groupId: String, userId: String? = nil, description: String?) {
                self.groupId = groupId
                self.userId = userId
                self.description = description
            }
        }

        /// "tcp", "udp", "icmp", a number, or "-1" for all.
        public var ipProtocol: String
        public var fromPort: Int?
        public var toPort: Int?
        public var ipRanges: [IpRange]
        public var ipv6Ranges: [Ipv6Range]
        public var prefixListIds: [PrefixListId]
        public var groups: [Group]

        public init(
            ipProtocol: String, fromPort: Int?, toPort: Int?, ipRanges: [IpRange] = [], ipv6Ranges: [Ipv6Range] = [],
            prefixListIds: [PrefixListId] = [], groups: [Group] = []
        ) {
            self.ipProtocol = ipProtocol
            self.fromPort = fromPort
            self.toPort = toPort
            self.ipRanges = ipRanges
            self.ipv6Ranges = ipv6Ranges
            self.prefixListIds = prefixListIds
            self.groups = groups
        }
    }

    /// Makes a security group that lets nothing in and everything out
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html).
    public struct CreateSecurityGroup: Operation {
        public struct Output: Decodable, Sendable {
            public var groupId: String
        }

        public var groupName: String
        /// 255 characters at most; it cannot be changed later.
        public var groupDescription: String
        public var vpcId: String
        public var tagSpecifications: [TagSpecification]

        public init(
            groupName: String, groupDescription: String, vpcId: String, tagSpecifications: [TagSpecification]
        ) {
            self.groupName = groupName
            self.groupDescription = groupDescription
            self.vpcId = vpcId
            self.tagSpecifications = tagSpecifications
        }
    }

    /// Lists security groups with their rules
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html).
    public struct DescribeSecurityGroups: Listing {
        public struct Output: Page {
            public var securityGroupInfo: [SecurityGroup]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Deletes a security group that nothing uses or refers to
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html).
    public struct DeleteSecurityGroup: Operation {
        public typealias Output = AWSEmpty

        public var groupId: String

        public init(groupId: String) { self.groupId = groupId }
    }
}
