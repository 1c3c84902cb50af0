public import AWSCore

extension ELBv2 {
    /// Reads the tags of up to 20 load balancers, target groups, listeners and rules
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html).
    public struct DescribeTags: AWSOperation {
        /// The most ARNs one call takes.
        public static let limit = 20
        public static var service: AWSService { ELBv2.service }
        public var resourceArns: [String]

        public init(resourceArns: [String]) {
            self.resourceArns = resourceArns
        }

        public struct Output: Decodable, Sendable {
            public var tagDescriptions: [TagDescription]
        }

        public struct TagDescription: Decodable, Sendable {
            public var resourceArn: String?
            public var tags: [Tag]
        }
    }
}
