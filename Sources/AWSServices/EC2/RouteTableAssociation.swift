public import AWSCore

extension EC2 {
    /// Lets a subnet use a route table
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html).
    public struct AssociateRouteTable: Operation {
        public struct Output: Decodable, Sendable {
            public var associationId: String
        }

        public var routeTableId: String
        public var subnetId: String

        public init(routeTableId: String, subnetId: String) {
            self.routeTableId = routeTableId
            self.subnetId = subnetId
        }
    }

    /// Lets an associated subnet use another route table
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html).
    public struct ReplaceRouteTableAssociation: Operation {
        public struct Output: Decodable, Sendable {
            public var newAssociationId: String
        }

        public var associationId: String
        public var routeTableId: String

        public init(associationId: String, routeTableId: String) {
            self.associationId = associationId
            self.routeTableId = routeTableId
        }
    }

    /// Lets a subnet fall back to the VPC's main route table
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html).
    public struct DisassociateRouteTable: Operation {
        public typealias Output = AWSEmpty

        public var associationId: String

        public init(associationId: String) { self.associationId = associationId }
    }
}
