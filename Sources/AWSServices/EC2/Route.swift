public import AWSCore

extension EC2 {
    /// Adds a route; give one target (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html).
    public struct CreateRoute: Operation {
        public typealias Output = AWSEmpty

        public var routeTableId: String
        public var destinationCidrBlock: String
        public var gatewayId: String?
        public var natGatewayId: String?

        public init(
            routeTableId: String, destinationCidrBlock: String, gatewayId: String? = nil, natGatewayId: String? = nil
        ) {
            self.routeTableId = routeTableId
            self.destinationCidrBlock = destinationCidrBlock
            self.gatewayId = gatewayId
            self.natGatewayId = natGatewayId
        }
    }

    /// Gives a route another target (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html).
    public struct ReplaceRoute: Operation {
        public typealias Output = AWSEmpty

        public var routeTableId: String
        public var destinationCidrBlock: String
        public var gatewayId: String?
        public var natGatewayId: String?

        public init(
            routeTableId: String, destinationCidrBlock: String, gatewayId: String? = nil, natGatewayId: String? = nil
        ) {
            self.routeTableId = routeTableId
            self.destinationCidrBlock = destinationCidrBlock
            self.gatewayId = gatewayId
            self.natGatewayId = natGatewayId
        }
    }
}
