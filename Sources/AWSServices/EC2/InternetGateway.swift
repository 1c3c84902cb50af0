public import AWSCore

extension EC2 {
    public struct InternetGateway: Decodable, Tagged {
        public struct Attachment: Decodable, Sendable {
            public var vpcId: String
            /// "available" (attached), "attaching", "detaching"
            public var state: String
        }

        public var internetGatewayId: String
        public var attachmentSet: [Attachment]
        public var tagSet: [Tag]

        public var identifier: String { internetGatewayId }
    }

    /// Makes an internet gateway, attached to nothing
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html).
    public struct CreateInternetGateway: Operation {
        public struct Output: Decodable, Sendable {
            public var internetGateway: InternetGateway
        }

        public var tagSpecifications: [TagSpecification]

        public init(tagSpecifications: [TagSpecification]) { self.tagSpecifications = tagSpecifications }
    }

    /// Lists internet gateways
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html).
    public struct DescribeInternetGateways: Listing {
        public struct Output: Page {
            public var internetGatewaySet: [InternetGateway]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Attaches an internet gateway to a VPC
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html).
    public struct AttachInternetGateway: Operation {
        public typealias Output = AWSEmpty

        public var internetGatewayId: String
        public var vpcId: String

        public init(internetGatewayId: String, vpcId: String) {
            self.internetGatewayId = internetGatewayId
            self.vpcId = vpcId
        }
    }

    /// Detaches an internet gateway; refused while public addresses are mapped in the VPC
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html).
    public struct DetachInternetGateway: Operation {
        public typealias Output = AWSEmpty

        public var internetGatewayId: String
        public var vpcId: String

        public init(internetGatewayId: String, vpcId: String) {
            self.internetGatewayId = internetGatewayId
            self.vpcId = vpcId
        }
    }

    /// Deletes a detached internet gateway
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html).
    public struct DeleteInternetGateway: Operation {
        public typealias Output = AWSEmpty

        public var internetGatewayId: String

        public init(internetGatewayId: String) { self.internetGatewayId = internetGatewayId }
    }
}
