public import AWSCore

extension EC2 {
    /// An elastic IP address.
    public struct Address: Decodable, Tagged {
        public var allocationId: String
        public var publicIp: String
        public var tagSet: [Tag]

        public var identifier: String { allocationId }
    }

    /// Allocates an elastic IP address
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html).
    public struct AllocateAddress: Operation {
        public struct Output: Decodable, Sendable {
            public var allocationId: String
            public var publicIp: String
        }

        /// Always "vpc".
        public var domain = "vpc"
        public var tagSpecifications: [TagSpecification]

        public init(tagSpecifications: [TagSpecification]) { self.tagSpecifications = tagSpecifications }
    }

    /// Lists elastic IP addresses
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html). One page, always.
    public struct DescribeAddresses: Operation {
        public struct Output: Decodable, Sendable {
            public var addressesSet: [Address]
        }

        public var filters: [Filter]

        public init(filters: [Filter]) { self.filters = filters }
    }

    /// Gives an elastic IP address back
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html).
    public struct ReleaseAddress: Operation {
        public typealias Output = AWSEmpty

        public var allocationId: String

        public init(allocationId: String) { self.allocationId = allocationId }
    }
}
