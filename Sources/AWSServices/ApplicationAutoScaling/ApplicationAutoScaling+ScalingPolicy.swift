public import AWSCore

extension ApplicationAutoScaling {
    public struct ScalingPolicy: Decodable, Sendable {
        public var policyArn: String
        public var policyName: String
        public var resourceId: String
        public var scalableDimension: String
        /// "TargetTrackingScaling" or "StepScaling".
        public var policyType: String
        public var targetTrackingScalingPolicyConfiguration: TargetTracking?
        public var stepScalingPolicyConfiguration: StepScaling?
    }

    /// Makes a policy or replaces its configuration; its ARN stays
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html).
    public struct PutScalingPolicy: AWSOperation {
        public static var service: AWSService { ApplicationAutoScaling.service }
        public var policyName: String
        public var serviceNamespace: String
        public var resourceId: String
        public var scalableDimension: String
        public var policyType: String
        public var targetTrackingScalingPolicyConfiguration: TargetTracking?
        public var stepScalingPolicyConfiguration: StepScaling?

        public init(
            policyName: String, serviceNamespace: String, resourceId: String, scalableDimension: String,
            policyType: String, targetTrackingScalingPolicyConfiguration: TargetTracking? = nil,
            stepScalingPolicyConfiguration: StepScaling? = nil
        ) {
            self.policyName = policyName
            self.serviceNamespace = serviceNamespace
            self.resourceId = resourceId
            self.scalableDimension = scalableDimension
            self.policyType = policyType
            self.targetTrackingScalingPolicyConfiguration = targetTrackingScalingPolicyConfiguration
            self.stepScalingPolicyConfiguration = stepScalingPolicyConfiguration
        }

        public struct Output: Decodable, Sendable {
            public var policyArn: String
        }
    }

    /// Lists the policies of a namespace
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html).
    public struct DescribeScalingPolicies: AWSPaginated {
        public static var service: AWSService { ApplicationAutoScaling.service }
        public var serviceNamespace: String
        public var nextToken: String?

        public init(serviceNamespace: String) {
            self.serviceNamespace = serviceNamespace
        }

        public struct Output: Decodable, Sendable {
            public var scalingPolicies: [ScalingPolicy]
            public var nextToken: String?
        }

        public static var inputToken: WritableKeyPath<Self, String?> { \.nextToken }
        public static func outputToken(_ output: Output) -> String? { output.nextToken }
    }

    /// Deletes a policy with the alarms that the service made for it
    /// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html).
    public struct DeleteScalingPolicy: AWSOperation {
        public static var service: AWSService { ApplicationAutoScaling.service }
        public var policyName: String
        public var serviceNamespace: String
        public var resourceId: String
        public var scalableDimension: String

        public init(policyName: String, serviceNamespace: String, resourceId: String, scalableDimension: String) {
            self.policyName = policyName
            self.serviceNamespace = serviceNamespace
            self.resourceId = resourceId
            self.scalableDimension = scalableDimension
        }

        public typealias Output = AWSEmpty
    }
}
