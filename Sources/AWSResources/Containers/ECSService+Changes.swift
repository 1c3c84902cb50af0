import AWSServices
public import Provisioning

extension ECSService {
    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("taskDefinition", observed: observed.taskDefinition, desired: taskDefinition, in: values)
        list.compare("subnets", observed: observed.subnets, desired: texts(subnets, values))
        list.compare("securityGroups", observed: observed.securityGroups, desired: texts(securityGroups, values))
        list.compare("assignsPublicAddresses", observed: observed.assignsPublicAddresses, desired: false)
        list.compare("targets", observed: observed.targets, desired: targets(values))
        if let healthCheckGraceSeconds {
            list.compare(
                "healthCheckGraceSeconds", observed: observed.healthCheckGraceSeconds, desired: healthCheckGraceSeconds)
        }
        list.compare(
            "capacity", observed: observed.capacity,
            desired: capacity.isEmpty ? Observed.launchType("FARGATE") : CapacityProvider.text(capacity))
        list.compare(
            "minimumHealthyPercent", observed: observed.minimumHealthyPercent, desired: minimumHealthyPercent)
        list.compare("maximumPercent", observed: observed.maximumPercent, desired: maximumPercent)
        list.compare(
            "circuitBreaker", observed: observed.circuitBreaker, desired: Observed.text(Self.circuitBreaker))
        list.compare("deploymentAlarms", observed: observed.deploymentAlarms, desired: Set(deploymentAlarms))
        if let zones = observed.zoneRebalancing {
            list.compare("zoneRebalancing", observed: zones, desired: zoneRebalancing)
        }
        list.compare("propagateTags", observed: observed.propagateTags, desired: Self.propagateTags)
        list.compare("managedTags", observed: observed.hasManagedTags, desired: true)
        return list.changes
    }

    private func texts(_ inputs: [Input], _ values: Values) -> Set<String> {
        Set(inputs.map { values.known($0) ?? Change.unknown })
    }

    private func targets(_ values: Values) -> Set<String> {
        guard let target else { return [] }
        return ["\(values.known(target.group) ?? Change.unknown) \(target.container):\(target.port)"]
    }
}

extension ECSService.Observed {
    init(_ service: ECS.Service) {
        let network = service.networkConfiguration?.awsvpcConfiguration
        let deployment = service.deploymentConfiguration
        let alarms = deployment?.alarms
        taskDefinition = service.taskDefinition
        subnets = Set(network?.subnets ?? [])
        securityGroups = Set(network?.securityGroups ?? [])
        assignsPublicAddresses = network?.assignPublicIp == "ENABLED"
        targets = Set(
            service.loadBalancers.map {
                "\($0.targetGroupArn ?? "") \($0.containerName ?? ""):\($0.containerPort ?? 0)"
            })
        healthCheckGraceSeconds = service.healthCheckGracePeriodSeconds ?? 0
        capacity =
            service.capacityProviderStrategy.isEmpty
            ? Self.launchType(service.launchType ?? "EC2")
            : CapacityProvider.text(service.capacityProviderStrategy.map { CapacityProvider($0) })
        minimumHealthyPercent = deployment?.minimumHealthyPercent
        maximumPercent = deployment?.maximumPercent
        circuitBreaker = Self.text(deployment?.deploymentCircuitBreaker ?? .init(enable: false, rollback: false))
        deploymentAlarms = alarms?.enable == true ? Set(alarms?.alarmNames ?? []) : []
        zoneRebalancing = service.availabilityZoneRebalancing
        propagateTags = service.propagateTags
        hasManagedTags = service.enableECSManagedTags ?? false
    }

    static func launchType(_ name: String) -> String { "launch type \(name)" }

    static func text(_ breaker: ECS.DeploymentCircuitBreaker) -> String {
        breaker.enable ? (breaker.rollback ? "rolls back" : "stops") : "off"
    }
}
