public import AWSCore
public import Foundation

extension ECS {
    /// The deployments of a service, the latest first
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html).
    public struct ListServiceDeployments: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var cluster: String
        public var service: String
        /// At most 100.
        public var maxResults: Int

        public init(cluster: String, service: String, maxResults: Int) {
            self.cluster = cluster
            self.service = service
            self.maxResults = maxResults
        }

        public struct Output: Decodable, Sendable {
            public var serviceDeployments: [ServiceDeploymentBrief]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html)
    public struct ServiceDeploymentBrief: Decodable, Sendable {
        public var serviceDeploymentArn: String?
        public var targetServiceRevisionArn: String?
        public var createdAt: Date?
        /// PENDING, IN_PROGRESS, SUCCESSFUL, STOP_REQUESTED, STOPPED, ROLLBACK_REQUESTED, ROLLBACK_IN_PROGRESS,
        /// ROLLBACK_SUCCESSFUL or ROLLBACK_FAILED.
        public var status: String?
        public var statusReason: String?
    }

    /// At most 20
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html).
    public struct DescribeServiceDeployments: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var serviceDeploymentArns: [String]

        public init(serviceDeploymentArns: [String]) { self.serviceDeploymentArns = serviceDeploymentArns }

        public struct Output: Decodable, Sendable {
            public var serviceDeployments: [ServiceDeployment]
            public var failures: [Failure]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html)
    public struct ServiceDeployment: Decodable, Sendable {
        public var serviceDeploymentArn: String?
        /// As `ServiceDeploymentBrief.status`.
        public var status: String?
        public var statusReason: String?
        public var targetServiceRevision: ServiceRevisionSummary?
        public var rollback: Rollback?
        public var deploymentCircuitBreaker: CircuitBreaker?
        public var alarms: Alarms?

        public struct ServiceRevisionSummary: Decodable, Sendable {
            public var arn: String?
            public var requestedTaskCount: Int?
            public var runningTaskCount: Int?
            public var pendingTaskCount: Int?
        }

        public struct Rollback: Decodable, Sendable {
            public var reason: String?
        }

        public struct CircuitBreaker: Decodable, Sendable {
            /// TRIGGERED, MONITORING, MONITORING_COMPLETE or DISABLED.
            public var status: String?
            public var failureCount: Int?
            public var threshold: Int?
        }

        public struct Alarms: Decodable, Sendable {
            public var triggeredAlarmNames: [String]
        }
    }

    /// At most 20
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html).
    public struct DescribeServiceRevisions: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var serviceRevisionArns: [String]

        public init(serviceRevisionArns: [String]) { self.serviceRevisionArns = serviceRevisionArns }

        public struct Output: Decodable, Sendable {
            public var serviceRevisions: [ServiceRevision]
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevision.html)
    public struct ServiceRevision: Decodable, Sendable {
        public var serviceRevisionArn: String?
        /// ARN with the revision.
        public var taskDefinition: String?
    }

    /// Stops a deployment that is pending or in progress
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html).
    public struct StopServiceDeployment: AWSOperation {
        public static var service: AWSService { ECS.service }
        public typealias Output = AWSEmpty

        public var serviceDeploymentArn: String
        /// ROLLBACK: back to the revision before it; ABORT: as far as it came.
        public var stopType: String

        public init(serviceDeploymentArn: String, stopType: String = "ROLLBACK") {
            self.serviceDeploymentArn = serviceDeploymentArn
            self.stopType = stopType
        }
    }

    /// Adds tags, or gives those there another value
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html).
    public struct TagResource: AWSOperation {
        public static var service: AWSService { ECS.service }
        public typealias Output = AWSEmpty

        public var resourceArn: String
        public var tags: [Tag]

        public init(resourceArn: String, tags: [Tag]) {
            self.resourceArn = resourceArn
            self.tags = tags
        }
    }
}
