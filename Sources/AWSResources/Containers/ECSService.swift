import AWSServices
public import Provisioning

/// Keeps tasks of one task definition running, behind a target group or not.
public struct ECSService: AWSResource {
    public static let type = "ecs:service"
    public static let explanation = """
        Keeps the wanted number of tasks running and replaces them a few at a time when the task definition changes; \
        tasks cost by vCPU and GiB per second. A rollout that does not get healthy is rolled back by ECS itself: the run \
        then fails although the service is stable. The number of tasks is autoscaling's after the first day.
        """
    public static let waiting = Waiting(deadline: .seconds(1800), watchesDeletion: true)

    public var name: String
    /// Name of the cluster.
    public var cluster: Input
    /// The services of the cluster that are described in one call, this one among them; at most 10.
    public var describedWith: [String]
    /// ARN with the revision.
    public var taskDefinition: Input
    /// Sent when the service is made, never again.
    public var initialTasks: Int
    public var subnets: [Input]
    public var securityGroups: [Input]
    public var target: Target?
    /// Failed health checks of a younger task do not count; nil without `target`.
    public var healthCheckGraceSeconds: Int?
    /// Empty: launch type FARGATE.
    public var capacity: [CapacityProvider]
    public var minimumHealthyPercent: Int
    public var maximumPercent: Int
    /// Moves tasks when a zone has too many of them.
    public var rebalancesZones: Bool
    /// Alarms that stop a deployment and roll it back.
    public var deploymentAlarms: [String]

    /// Where a load balancer reaches the tasks.
    public struct Target: Sendable, Encodable {
        /// ARN of the target group.
        public var group: Input
        public var container: String
        public var port: Int

        public init(group: Input, container: String, port: Int) {
            self.group = group
            self.container = container
            self.port = port
        }
    }

    public init(
        name: String, cluster: Input, describedWith: [String], taskDefinition: Input, initialTasks: Int,
        subnets: [Input], securityGroups: [Input], target: Target? = nil, healthCheckGraceSeconds: Int? = nil,
        capacity: [CapacityProvider] = [], minimumHealthyPercent: Int = 100, maximumPercent: Int = 200,
        rebalancesZones: Bool = true, deploymentAlarms: [String] = []
    ) {
        self.name = name
        self.cluster = cluster
        self.describedWith = describedWith
        self.taskDefinition = taskDefinition
        self.initialTasks = initialTasks
        self.subnets = subnets
        self.securityGroups = securityGroups
        self.target = target
        self.healthCheckGraceSeconds = healthCheckGraceSeconds
        self.capacity = capacity
        self.minimumHealthyPercent = minimumHealthyPercent
        self.maximumPercent = maximumPercent
        self.rebalancesZones = rebalancesZones
        self.deploymentAlarms = deploymentAlarms
    }

    /// What `DescribeServices` says of it.
    public struct Observed: Sendable, Equatable {
        public var taskDefinition: String?
        public var subnets: Set<String>
        public var securityGroups: Set<String>
        public var assignsPublicAddresses: Bool
        /// "ARN container:port" of each target.
        public var targets: Set<String>
        public var healthCheckGraceSeconds: Int
        /// The strategy, or the launch type.
        public var capacity: String
        public var minimumHealthyPercent: Int?
        public var maximumPercent: Int?
        public var circuitBreaker: String
        public var deploymentAlarms: Set<String>
        /// nil: not reported, which only emulators do.
        public var zoneRebalancing: String?
        public var propagateTags: String?
        public var hasManagedTags: Bool
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let cluster = scope.known(cluster) else { return nil }
        let (cloud, region, names) = (scope.cloud, scope.region, describedWith)
        let services = try await scope.shared("ecs:DescribeServices \(cluster) \(names.joined(separator: ","))") {
            try await cloud.send(ECS.DescribeServices(cluster: cluster, services: names), region: region).services
        }
        // An INACTIVE service is what is left of a deleted one.
        guard let found = services.first(where: { $0.serviceName == name && $0.status != "INACTIVE" }) else {
            return nil
        }
        let owner = scope.tags.owner(of: found.tags.byKey)
        return observation(found, owner: owner, state: try await state(of: found, cluster: cluster, scope))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let cluster = try scope.value(cluster)
        // No client token: the name is unique in the cluster, and a token that stays the same would answer with what
        // an earlier `down` took away.
        let request = ECS.CreateService(
            cluster: cluster, serviceName: name, taskDefinition: try scope.value(taskDefinition),
            desiredCount: initialTasks, launchType: capacity.isEmpty ? "FARGATE" : nil,
            capacityProviderStrategy: capacity.isEmpty ? nil : capacity.map(\.item),
            networkConfiguration: try network(scope), loadBalancers: try loadBalancers(scope),
            healthCheckGracePeriodSeconds: healthCheckGraceSeconds, deploymentConfiguration: deployment,
            availabilityZoneRebalancing: zoneRebalancing, propagateTags: Self.propagateTags, enableECSManagedTags: true,
            tags: .init(scope.tags.all))
        let made = try await scope.send(request).service
        return observation(made, owner: .ours, state: try await state(of: made, cluster: cluster, scope))
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let cluster = try scope.value(cluster)
        let settings = Set(changes.map { $0.setting.prefix { $0 != "[" } })
        var request = ECS.UpdateService(cluster: cluster, service: name)
        if settings.contains("taskDefinition") { request.taskDefinition = try scope.value(taskDefinition) }
        if !settings.isDisjoint(with: ["subnets", "securityGroups", "assignsPublicAddresses"]) {
            request.networkConfiguration = try network(scope)
        }
        if settings.contains("targets") { request.loadBalancers = try loadBalancers(scope) ?? [] }
        if settings.contains("healthCheckGraceSeconds") {
            request.healthCheckGracePeriodSeconds = healthCheckGraceSeconds
        }
        if settings.contains("capacity") {
            // An empty strategy moves the service back to its launch type.
            request.capacityProviderStrategy = capacity.map(\.item)
            request.forceNewDeployment = true
        }
        if !settings.isDisjoint(with: ["minimumHealthyPercent", "maximumPercent", "circuitBreaker", "deploymentAlarms"])
        {
            request.deploymentConfiguration = deployment
        }
        if settings.contains("zoneRebalancing") { request.availabilityZoneRebalancing = zoneRebalancing }
        if settings.contains("propagateTags") { request.propagateTags = Self.propagateTags }
        if settings.contains("managedTags") { request.enableECSManagedTags = true }
        let changed = try await scope.send(request).service
        return observation(changed, owner: .ours, state: try await state(of: changed, cluster: cluster, scope))
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            ECS.DeleteService(cluster: try scope.value(cluster), service: name, force: true))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "ecs:CreateService", "ecs:DeleteService", "ecs:DescribeServices", "ecs:ListServiceDeployments",
                    "ecs:TagResource", "ecs:UpdateService",
                ], on: ContainerPermissions.resources(at: place))
        ]
    }

    static let propagateTags = "SERVICE"
    static let circuitBreaker = ECS.DeploymentCircuitBreaker(enable: true, rollback: true)

    var zoneRebalancing: String { rebalancesZones ? "ENABLED" : "DISABLED" }

    private var deployment: ECS.DeploymentConfiguration {
        ECS.DeploymentConfiguration(
            maximumPercent: maximumPercent, minimumHealthyPercent: minimumHealthyPercent,
            deploymentCircuitBreaker: Self.circuitBreaker,
            alarms: .init(
                alarmNames: deploymentAlarms, enable: !deploymentAlarms.isEmpty, rollback: !deploymentAlarms.isEmpty))
    }

    private func network(_ scope: Scope<AWSCloud>) throws -> ECS.NetworkConfiguration {
        ECS.NetworkConfiguration(
            awsvpcConfiguration: .init(
                subnets: try subnets.map { try scope.value($0) },
                securityGroups: try securityGroups.map { try scope.value($0) }, assignPublicIp: "DISABLED"))
    }

    private func loadBalancers(_ scope: Scope<AWSCloud>) throws -> [ECS.LoadBalancer]? {
        try target.map {
            [
                ECS.LoadBalancer(
                    targetGroupArn: try scope.value($0.group), containerName: $0.container, containerPort: $0.port)
            ]
        }
    }

    private func observation(
        _ found: ECS.Service, owner: Owner, state: ResourceState
    ) -> Observation<Observed> {
        Observation(
            Observed(found), identity: found.serviceArn, outputs: ["name": name, "arn": found.serviceArn],
            owner: owner, state: state)
    }
}

extension Placed where R == ECSService {
    public var name: Input { output("name") }
    public var arn: Input { output("arn") }
}
