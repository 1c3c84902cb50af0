public import AWSCore

extension EC2 {
    public struct Subnet: Decodable, Tagged {
        public var subnetId: String
        public var vpcId: String
        public var cidrBlock: String
        public var availabilityZone: String
        public var mapPublicIpOnLaunch: Bool
        public var availableIpAddressCount: Int?
        /// "pending", "available", "failed"
        public var state: String
        public var tagSet: [Tag]

        public var identifier: String { subnetId }
    }

    /// Makes a subnet (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html).
    public struct CreateSubnet: Operation {
        public struct Output: Decodable, Sendable {
            public var subnet: Subnet
        }

        public var vpcId: String
        public var cidrBlock: String
        public var availabilityZone: String
        public var tagSpecifications: [TagSpecification]

        public init(
            vpcId: String, cidrBlock: String, availabilityZone: String, tagSpecifications: [TagSpecification]
        ) {
            self.vpcId = vpcId
            self.cidrBlock = cidrBlock
            self.availabilityZone = availabilityZone
            self.tagSpecifications = tagSpecifications
        }
    }

    /// Lists subnets (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html).
    public struct DescribeSubnets: Listing {
        public struct Output: Page {
            public var subnetSet: [Subnet]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Changes one attribute of a subnet
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html).
    public struct ModifySubnetAttribute: Operation {
        public typealias Output = AWSEmpty

        public var subnetId: String
        public var mapPublicIpOnLaunch: AttributeBooleanValue

        public init(subnetId: String, mapPublicIpOnLaunch: AttributeBooleanValue) {
            self.subnetId = subnetId
            self.mapPublicIpOnLaunch = mapPublicIpOnLaunch
        }
    }

    /// Deletes an empty subnet (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html).
    public struct DeleteSubnet: Operation {
        public typealias Output = AWSEmpty

        public var subnetId: String

        public init(subnetId: String) { self.subnetId = subnetId }
    }
}
