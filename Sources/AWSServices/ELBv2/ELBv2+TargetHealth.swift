public import AWSCore

extension ELBv2 {
    /// The targets of a group as its health checks see them
    /// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html).
    public struct DescribeTargetHealth: AWSOperation {
        public static var service: AWSService { ELBv2.service }

        public var targetGroupArn: String

        public init(targetGroupArn: String) { self.targetGroupArn = targetGroupArn }

        public struct Output: Decodable, Sendable {
            public var targetHealthDescriptions: [TargetHealthDescription]
        }
    }

    public struct TargetHealthDescription: Decodable, Sendable {
        public var target: Target?
        public var targetHealth: TargetHealth?

        public struct Target: Decodable, Sendable {
            /// With target type ip, the address.
            public var id: String?
            public var port: Int?
        }

        public struct TargetHealth: Decodable, Sendable {
            /// initial, healthy, unhealthy, unused, draining, unavailable.
            public var state: String?
            /// "Target.ResponseCodeMismatch".
            public var reason: String?
            public var description: String?
        }
    }
}
