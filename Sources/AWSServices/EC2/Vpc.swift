public import AWSCore

extension EC2 {
    public struct Vpc: Decodable, Tagged {
        public var vpcId: String
        public var cidrBlock: String
        /// "pending", "available"
        public var state: String
        public var tagSet: [Tag]

        public var identifier: String { vpcId }
    }

    /// Makes a VPC (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html).
    public struct CreateVpc: Operation {
        public struct Output: Decodable, Sendable {
            public var vpc: Vpc
        }

        public var cidrBlock: String
        public var tagSpecifications: [TagSpecification]

        public init(cidrBlock: String, tagSpecifications: [TagSpecification]) {
            self.cidrBlock = cidrBlock
            self.tagSpecifications = tagSpecifications
        }
    }

    /// Lists VPCs (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html).
    public struct DescribeVpcs: Listing {
        public struct Output: Page {
            public var vpcSet: [Vpc]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Reads one attribute of a VPC
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html).
    public struct DescribeVpcAttribute: Operation {
        public enum Attribute: String, Encodable, Sendable { case enableDnsSupport, enableDnsHostnames }

        public struct Output: Decodable, Sendable {
            public var enableDnsSupport: AttributeBooleanValue?
            public var enableDnsHostnames: AttributeBooleanValue?
        }

        public var vpcId: String
        public var attribute: Attribute

        public init(vpcId: String, attribute: Attribute) {
            self.vpcId = vpcId
            self.attribute = attribute
        }
    }

    /// Changes one attribute of a VPC; a call takes one only
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html).
    public struct ModifyVpcAttribute: Operation {
        public typealias Output = AWSEmpty

        public var vpcId: String
        public var enableDnsSupport: AttributeBooleanValue?
        public var enableDnsHostnames: AttributeBooleanValue?

        public init(
            vpcId: String, enableDnsSupport: AttributeBooleanValue? = nil,
            enableDnsHostnames: AttributeBooleanValue? = nil
        ) {
            self.vpcId = vpcId
            self.enableDnsSupport = enableDnsSupport
            self.enableDnsHostnames = enableDnsHostnames
        }
    }

    /// Deletes an empty VPC (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html).
    public struct DeleteVpc: Operation {
        public typealias Output = AWSEmpty

        public var vpcId: String

        public init(vpcId: String) { self.vpcId = vpcId }
    }
}
