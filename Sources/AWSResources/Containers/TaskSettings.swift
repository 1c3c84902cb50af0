import AWSServices

/// The managed settings of a task definition as texts by path, "public.environment[PORT]": what is compared.
///
/// Both sides go through here, so defaults that ECS fills in and the order it gives lists back in make no difference.
struct TaskSettings {
    private(set) var settings: [String: String] = [:]

    init(_ request: ECS.RegisterTaskDefinition) {
        add(
            cpu: request.cpu, memory: request.memory, networkMode: request.networkMode,
            compatibilities: request.requiresCompatibilities, platform: request.runtimePlatform,
            executionRole: request.executionRoleArn, taskRole: request.taskRoleArn)
        add(request.volumes)
        request.containerDefinitions.forEach { add($0) }
    }

    init(_ found: ECS.TaskDefinition) {
        add(
            cpu: found.cpu, memory: found.memory, networkMode: found.networkMode,
            compatibilities: found.requiresCompatibilities, platform: found.runtimePlatform,
            executionRole: found.executionRoleArn, taskRole: found.taskRoleArn)
        add(found.volumes)
        found.containerDefinitions.forEach { add($0) }
    }

    private mutating func add(
        cpu: String?, memory: String?, networkMode: String?, compatibilities: [String],
        platform: ECS.RuntimePlatform?, executionRole: String?, taskRole: String?
    ) {
        set("cpu", cpu)
        set("memory", memory)
        set("networkMode", networkMode)
        set("compatibilities", compatibilities.sorted().joined(separator: ", "))
        set("architecture", platform?.cpuArchitecture)
        set("operatingSystem", platform?.operatingSystemFamily)
        set("executionRole", executionRole)
        set("taskRole", taskRole)
    }

    private mutating func add(_ volumes: [ECS.Volume]) {
        set("volumes", volumes.map(\.name).sorted().joined(separator: ", "))
    }

    private mutating func add(_ container: ECS.ContainerDefinition) {
        let name = container.name
        set("\(name).image", container.image)
        set("\(name).cpu", container.cpu ?? 0)
        set("\(name).memory", container.memory)
        set("\(name).essential", container.essential ?? true)
        set("\(name).command", container.command.joined(separator: " "))
        for variable in container.environment { set("\(name).environment[\(variable.name)]", variable.value) }
        for secret in container.secrets { set("\(name).secrets[\(secret.name)]", secret.valueFrom) }
        for port in container.portMappings {
            set("\(name).ports[\(port.containerPort)]", port.protocol ?? "tcp")
        }
        set("\(name).user", container.user)
        set("\(name).readOnlyRoot", container.readonlyRootFilesystem ?? false)
        set("\(name).stopTimeout", container.stopTimeout)
        if let check = container.healthCheck {
            set("\(name).healthCheck.command", check.command.joined(separator: " "))
            // ECS's defaults (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html).
            set("\(name).healthCheck.interval", check.interval ?? 30)
            set("\(name).healthCheck.timeout", check.timeout ?? 5)
            set("\(name).healthCheck.retries", check.retries ?? 3)
            set("\(name).healthCheck.startPeriod", check.startPeriod ?? 0)
        }
        set("\(name).log.driver", container.logConfiguration?.logDriver)
        for (option, value) in container.logConfiguration?.options ?? [:] {
            set("\(name).log[\(option)]", value)
        }
        for limit in container.ulimits {
            set("\(name).ulimits[\(limit.name)]", "\(limit.softLimit) to \(limit.hardLimit)")
        }
        for mount in container.mountPoints {
            let access = mount.readOnly ?? false ? "read-only" : "writable"
            set("\(name).mounts[\(mount.containerPath ?? "")]", "\(mount.sourceVolume ?? ""), \(access)")
        }
    }

    /// An empty text says no more than an absent one.
    private mutating func set(_ path: String, _ value: (some CustomStringConvertible)?) {
        if let text = value?.description, !text.isEmpty { settings[path] = text }
    }
}
