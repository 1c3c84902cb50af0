public import AWSCore

extension EC2 {
    public struct RouteTable: Decodable, Tagged {
        public struct Association: Decodable, Sendable {
            public var routeTableAssociationId: String
            /// nil for the VPC's main association.
            public var subnetId: String?
        }

        /// One of its targets is set.
        public struct Route: Decodable, Sendable {
            public var destinationCidrBlock: String?
            /// An internet gateway, a gateway endpoint, or "local".
            public var gatewayId: String?
            public var natGatewayId: String?
        }

        public var routeTableId: String
        public var vpcId: String
        public var routeSet: [Route]
        public var associationSet: [Association]
        public var tagSet: [Tag]

        public var identifier: String { routeTableId }
    }

    /// Makes a route table with the VPC's local route
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html).
    public struct CreateRouteTable: Operation {
        public struct Output: Decodable, Sendable {
            public var routeTable: RouteTable
        }

        public var vpcId: String
        public var tagSpecifications: [TagSpecification]

        public init(vpcId: String, tagSpecifications: [TagSpecification]) {
            self.vpcId = vpcId
            self.tagSpecifications = tagSpecifications
        }
    }

    /// Lists route tables (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html).
    public struct DescribeRouteTables: Listing {
        public struct Output: Page {
            public var routeTableSet: [RouteTable]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Deletes a route table without associations
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html).
    public struct DeleteRouteTable: Operation {
        public typealias Output = AWSEmpty

        public var routeTableId: String

        public init(routeTableId: String) { self.routeTableId = routeTableId }
    }
}
