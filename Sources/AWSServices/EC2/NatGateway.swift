import AWSCore

extension EC2 {
    public struct NatGateway: Decodable, Tagged {
        public struct Address: Decodable, Sendable {
            public var allocationId: String?
        }

        public var natGatewayId: String
        public var subnetId: String
        /// "pending", "failed", "available", "deleting", "deleted"
        public var state: String
        public var failureCode: String?
        public var failureMessage: String?
        public var natGatewayAddressSet: [Address]
        public var tagSet: [Tag]

        public var identifier: String { natGatewayId }
    }

    /// Makes a public NAT gateway (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html).
    public struct CreateNatGateway: Operation {
        public struct Output: Decodable, Sendable {
            public var natGateway: NatGateway
        }

        public var subnetId: String
        public var allocationId: String
        /// 64 characters at most; the same token makes no second one.
        public var clientToken: String
        public var tagSpecifications: [TagSpecification]

        public init(
            subnetId: String, allocationId: String, clientToken: String, tagSpecifications: [TagSpecification]
        ) {
            self.subnetId = subnetId
            self.allocationId = allocationId
            self.clientToken = clientToken
            self.tagSpecifications = tagSpecifications
        }
    }

    /// Lists NAT gateways, for about an hour also deleted ones
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html).
    public struct DescribeNatGateways: Listing {
        public struct Output: Page {
            public var natGatewaySet: [NatGateway]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Begins to delete a NAT gateway; it takes a minute
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html).
    public struct DeleteNatGateway: Operation {
        public struct Output: Decodable, Sendable {
            public var natGatewayId: String?
        }

        public var natGatewayId: String

        public init(natGatewayId: String) { self.natGatewayId = natGatewayId }
    }
}
