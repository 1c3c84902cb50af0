public import AWSCore

extension ApplicationAutoScaling {
    public struct ScalableTarget: Decodable, Sendable {
        /// "service/<cluster>/<service>".
        public var resourceId: String
        /// "ecs:service:DesiredCount".
        public var scalableDimension: String
        public var minCapacity: Int
        public var maxCapacity: Int
        public var scalableTargetArn: String?
    }

    /// Makes a scalable target or changes its limits; tags are taken when it is made
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html).
    public struct RegisterScalableTarget: AWSOperation {
        public static var service: AWSService { ApplicationAutoScaling.service }
        /// It puts what is asked for, however often.
        public static var replay: AWSReplay { .safe }
        public var serviceNamespace: String
        public var resourceId: String
        public var scalableDimension: String
        public var minCapacity: Int
        public var maxCapacity: Int
        public var tags: [String: String]?

        public init(
            serviceNamespace: String, resourceId: String, scalableDimension: String, minCapacity: Int,
            maxCapacity: Int, tags: [String: String]?
        ) {
            self.serviceNamespace = serviceNamespace
            self.resourceId = resourceId
            self.scalableDimension = scalableDimension
            self.minCapacity = minCapacity
            self.maxCapacity = maxCapacity
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var scalableTargetArn: String?
        }
    }

    /// Lists the scalable targets of a namespace
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html).
    public struct DescribeScalableTargets: AWSPaginated {
        public static var service: AWSService { ApplicationAutoScaling.service }
        public var serviceNamespace: String
        public var nextToken: String?

        public init(serviceNamespace: String) {
            self.serviceNamespace = serviceNamespace
        }

        public struct Output: Decodable, Sendable {
            public var scalableTargets: [ScalableTarget]
            public var nextToken: String?
        }

        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }
    }

    /// Forgets a scalable target with its policies
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html).
    public struct DeregisterScalableTarget: AWSOperation {
        public static var service: AWSService { ApplicationAutoScaling.service }
        public var serviceNamespace: String
        public var resourceId: String
        public var scalableDimension: String

        public init(serviceNamespace: String, resourceId: String, scalableDimension: String) {
            self.serviceNamespace = serviceNamespace
            self.resourceId = resourceId
            self.scalableDimension = scalableDimension
        }

        public typealias Output = AWSEmpty
    }
}
