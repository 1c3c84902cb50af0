public import AWSCore
public import Foundation

extension ECS {
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html)
    public struct Service: Decodable, Sendable {
        public var serviceArn: String
        public var serviceName: String
        /// ACTIVE, DRAINING or INACTIVE.
        public var status: String
        public var taskDefinition: String?
        public var desiredCount: Int?
        public var runningCount: Int?
        public var pendingCount: Int?
        public var launchType: String?
        public var capacityProviderStrategy: [CapacityProviderStrategyItem]
        public var networkConfiguration: NetworkConfiguration?
        public var loadBalancers: [LoadBalancer]
        public var healthCheckGracePeriodSeconds: Int?
        public var deploymentConfiguration: DeploymentConfiguration?
        public var deployments: [Deployment]
        /// "ENABLED" or "DISABLED".
        public var availabilityZoneRebalancing: String?
        /// "SERVICE", "TASK_DEFINITION" or "NONE".
        public var propagateTags: String?
        public var enableECSManagedTags: Bool?
        /// Whether tasks started from now on can be reached by `ecs execute-command`.
        public var enableExecuteCommand: Bool?
        /// The latest hundred, the newest first.
        public var events: [ServiceEvent]
        public var tags: [Tag]
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceEvent.html)
    public struct ServiceEvent: Decodable, Sendable {
        public var createdAt: Date?
        public var message: String?
    }

    public struct NetworkConfiguration: Codable, Sendable {
        public var awsvpcConfiguration: AWSVPCConfiguration?

        public init(awsvpcConfiguration: AWSVPCConfiguration) { self.awsvpcConfiguration = awsvpcConfiguration }
    }

    public struct AWSVPCConfiguration: Codable, Sendable {
        public var subnets: [String]
        public var securityGroups: [String]
        /// "ENABLED" or "DISABLED".
        public var assignPublicIp: String?

        public init(subnets: [String], securityGroups: [String], assignPublicIp: String) {
            self.subnets = subnets
            self.securityGroups = securityGroups
            self.assignPublicIp = assignPublicIp
        }
    }

    public struct LoadBalancer: Codable, Sendable, Hashable {
        public var targetGroupArn: String?
        public var containerName: String?
        public var containerPort: Int?

        public init(targetGroupArn: String, containerName: String, containerPort: Int) {
            self.targetGroupArn = targetGroupArn
            self.containerName = containerName
            self.containerPort = containerPort
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html)
    public struct DeploymentConfiguration: Codable, Sendable {
        public var maximumPercent: Int?
        public var minimumHealthyPercent: Int?
        public var deploymentCircuitBreaker: DeploymentCircuitBreaker?
        public var alarms: DeploymentAlarms?

        public init(
            maximumPercent: Int, minimumHealthyPercent: Int, deploymentCircuitBreaker: DeploymentCircuitBreaker,
            alarms: DeploymentAlarms?
        ) {
            self.maximumPercent = maximumPercent
            self.minimumHealthyPercent = minimumHealthyPercent
            self.deploymentCircuitBreaker = deploymentCircuitBreaker
            self.alarms = alarms
        }
    }

    public struct DeploymentCircuitBreaker: Codable, Sendable {
        public var enable: Bool
        public var rollback: Bool

        public init(enable: Bool, rollback: Bool) {
            self.enable = enable
            self.rollback = rollback
        }
    }

    public struct DeploymentAlarms: Codable, Sendable {
        public var alarmNames: [String]
        public var enable: Bool
        public var rollback: Bool

        public init(alarmNames: [String], enable: Bool, rollback: Bool) {
            self.alarmNames = alarmNames
            self.enable = enable
            self.rollback = rollback
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html)
    public struct Deployment: Decodable, Sendable {
        public var id: String?
        /// PRIMARY, ACTIVE or INACTIVE.
        public var status: String?
        public var taskDefinition: String?
        public var desiredCount: Int?
        public var runningCount: Int?
        public var failedTasks: Int?
        /// IN_PROGRESS, COMPLETED or FAILED.
        public var rolloutState: String?
        public var rolloutStateReason: String?
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html)
    public struct CreateService: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var cluster: String
        public var serviceName: String
        public var taskDefinition: String
        public var desiredCount: Int
        public var launchType: String?
        public var capacityProviderStrategy: [CapacityProviderStrategyItem]?
        public var networkConfiguration: NetworkConfiguration
        public var loadBalancers: [LoadBalancer]?
        public var healthCheckGracePeriodSeconds: Int?
        public var deploymentConfiguration: DeploymentConfiguration
        public var availabilityZoneRebalancing: String
        public var propagateTags: String
        public var enableECSManagedTags: Bool
        public var tags: [Tag]

        public init(
            cluster: String, serviceName: String, taskDefinition: String, desiredCount: Int, launchType: String?,
            capacityProviderStrategy: [CapacityProviderStrategyItem]?,
            networkConfiguration: NetworkConfiguration, loadBalancers: [LoadBalancer]?,
            healthCheckGracePeriodSeconds: Int?, deploymentConfiguration: DeploymentConfiguration,
            availabilityZoneRebalancing: String, propagateTags: String, enableECSManagedTags: Bool, tags: [Tag]
        ) {
            self.cluster = cluster
            self.serviceName = serviceName
            self.taskDefinition = taskDefinition
            self.desiredCount = desiredCount
            self.launchType = launchType
            self.capacityProviderStrategy = capacityProviderStrategy
            self.networkConfiguration = networkConfiguration
            self.loadBalancers = loadBalancers
            self.healthCheckGracePeriodSeconds = healthCheckGracePeriodSeconds
            self.deploymentConfiguration = deploymentConfiguration
            self.availabilityZoneRebalancing = availabilityZoneRebalancing
            self.propagateTags = propagateTags
            self.enableECSManagedTags = enableECSManagedTags
            self.tags = tags
        }

        public struct Output: Decodable, Sendable {
            public var service: Service
        }
    }

    /// Services that do not exist come back as failures "MISSING"
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html).
    public struct DescribeServices: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var cluster: String
        /// Names or ARNs, at most 10.
        public var services: [String]
        public var include: [String]

        public init(cluster: String, services: [String], include: [String] = ["TAGS"]) {
            self.cluster = cluster
            self.services = services
            self.include = include
        }

        public struct Output: Decodable, Sendable {
            public var services: [Service]
            public var failures: [Failure]
        }
    }

    /// Members that are nil stay as they are; `desiredCount` is left out because autoscaling owns it
    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html).
    public struct UpdateService: AWSOperation {
        public static var service: AWSService { ECS.service }

        public var cluster: String
        public var service: String
        public var taskDefinition: String?
        public var capacityProviderStrategy: [CapacityProviderStrategyItem]?
        /// True starts a new deployment, which a new capacity provider strategy needs.
        public var forceNewDeployment: Bool?
        public var networkConfiguration: NetworkConfiguration?
        public var loadBalancers: [LoadBalancer]?
        public var healthCheckGracePeriodSeconds: Int?
        public var deploymentConfiguration: DeploymentConfiguration?
        public var availabilityZoneRebalancing: String?
        public var propagateTags: String?
        public var enableECSManagedTags: Bool?

        public init(cluster: String, service: String) {
            self.cluster = cluster
            self.service = service
        }

        public struct Output: Decodable, Sendable {
            public var service: Service
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html)
    public struct DeleteService: AWSOperation {
        public static var service: AWSService { ECS.service }
        public typealias Output = AWSEmpty

        public var cluster: String
        public var service: String
        /// Deletes it although its desired count is not 0, which it becomes.
        public var force: Bool

        public init(cluster: String, service: String, force: Bool) {
            self.cluster = cluster
            self.service = service
            self.force = force
        }
    }
}
