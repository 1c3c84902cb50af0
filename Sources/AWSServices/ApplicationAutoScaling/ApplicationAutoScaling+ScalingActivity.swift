public import AWSCore
public import Foundation

extension ApplicationAutoScaling {
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalingActivity.html)
    public struct ScalingActivity: Decodable, Sendable {
        /// "Setting desired count to 26."
        public var description: String?
        /// "monitor alarm ... in state ALARM triggered policy ..."
        public var cause: String?
        public var startTime: Date?
        public var endTime: Date?
        /// Pending, InProgress, Successful, Overridden, Unfulfilled or Failed.
        public var statusCode: String?
    }

    /// What scaled a resource in the last six weeks
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html).
    public struct DescribeScalingActivities: AWSPaginated {
        public static var service: AWSService { ApplicationAutoScaling.service }
        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }

        public var serviceNamespace: String
        public var resourceId: String
        public var scalableDimension: String
        public var nextToken: String?

        public init(serviceNamespace: String, resourceId: String, scalableDimension: String) {
            self.serviceNamespace = serviceNamespace
            self.resourceId = resourceId
            self.scalableDimension = scalableDimension
        }

        public struct Output: Decodable, Sendable {
            public var scalingActivities: [ScalingActivity]
            public var nextToken: String?
        }
    }
}
