import AWSCore

extension EC2 {
    public struct AvailabilityZone: Decodable, Sendable {
        public var zoneName: String
        /// "available", "impaired" ...
        public var zoneState: String?
        /// "availability-zone", "local-zone", "wavelength-zone"
        public var zoneType: String?
    }

    /// Lists a region's zones, opted-in ones only
    /// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html). One page, always.
    public struct DescribeAvailabilityZones: Operation {
        public struct Output: Decodable, Sendable {
            public var availabilityZoneInfo: [AvailabilityZone]
        }

        public var filters: [Filter]

        public init(filters: [Filter]) { self.filters = filters }
    }
}
