import AWSCore

extension EC2 {
    public struct NetworkInterface: Decodable, Sendable {
        public var networkInterfaceId: String
        /// Who made it and what for, "ELB app/ticket-alb/0123456789abcdef".
        public var description: String?
        /// "interface", "nat_gateway", "vpc_endpoint" ...
        public var interfaceType: String?
        public var status: String?
    }

    /// Lists network interfaces
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html).
    public struct DescribeNetworkInterfaces: Listing {
        public struct Output: Page {
            public var networkInterfaceSet: [NetworkInterface]
            public var nextToken: String?
        }

        public var filters: [Filter]
        public var nextToken: String?

        public init(filters: [Filter]) { self.filters = filters }
    }
}
