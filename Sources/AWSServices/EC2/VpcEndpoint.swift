public import AWSCore

extension EC2 {
    public struct VpcEndpoint: Decodable, Tagged {
        public struct Group: Decodable, Sendable {
            public var groupId: String
        }

        public var vpcEndpointId: String
        /// "Gateway", "Interface"
        public var vpcEndpointType: String
        public var serviceName: String
        /// "pending", "available", "deleting", "deleted", "rejected", "failed", "expired"; the case differs by answer.
        public var state: String
        public var routeTableIdSet: [String]
        public var subnetIdSet: [String]
        public var groupSet: [Group]
        public var privateDnsEnabled: Bool?
        public var tagSet: [Tag]

        public var identifier: String { vpcEndpointId }
    }

    /// Makes an endpoint (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html).
    public struct CreateVpcEndpoint: Operation {
        public struct Output: Decodable, Sendable {
            public var vpcEndpoint: VpcEndpoint
        }

        public var vpcEndpointType: String
        public var vpcId: String
        public var serviceName: String
        public var routeTableIds: [String]
        public var subnetIds: [String]
        public var securityGroupIds: [String]
        public var privateDnsEnabled: Bool?
        public var tagSpecifications: [TagSpecification]

        public init(
            vpcEndpointType: String, vpcId: String, serviceName: String, routeTableIds: [String] = [],
            subnetIds: [String] = [], securityGroupIds: [String] = [], privateDnsEnabled: Bool? = nil,
            tagSpecifications: [TagSpecification]
        ) {
            self.vpcEndpointType = vpcEndpointType
            self.vpcId = vpcId
            self.serviceName = serviceName
            self.routeTableIds = routeTableIds
            self.subnetIds = subnetIds
            self.securityGroupIds = securityGroupIds
            self.privateDnsEnabled = privateDnsEnabled
            self.tagSpecifications = tagSpecifications
        }
    }

    /// Lists endpoints (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html).
    public struct DescribeVpcEndpoints: Listing {
        public struct Output: Page {
            public var vpcEndpointSet: [VpcEndpoint]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Changes an endpoint (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html).
    public struct ModifyVpcEndpoint: Operation {
        public typealias Output = AWSEmpty

        public var vpcEndpointId: String
        public var addRouteTableIds: [String] = []
        public var removeRouteTableIds: [String] = []
        public var addSubnetIds: [String] = []
        public var removeSubnetIds: [String] = []
        public var addSecurityGroupIds: [String] = []
        public var removeSecurityGroupIds: [String] = []
        public var privateDnsEnabled: Bool?

        public init(vpcEndpointId: String) { self.vpcEndpointId = vpcEndpointId }
    }

    /// Deletes endpoints (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html). The call
    /// succeeds even when none could be deleted: look at `unsuccessful`.
    public struct DeleteVpcEndpoints: Operation {
        public struct Output: Decodable, Sendable {
            public struct Item: Decodable, Sendable {
                public struct Failure: Decodable, Sendable {
                    public var code: String
                    public var message: String?
                }

                public var error: Failure?
                public var resourceId: String?
            }

            public var unsuccessful: [Item]
        }

        public var vpcEndpointIds: [String]

        public init(vpcEndpointIds: [String]) { self.vpcEndpointIds = vpcEndpointIds }
    }
}
