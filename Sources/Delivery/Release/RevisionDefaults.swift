/// What ECS fills in where a task definition says nothing, and how its lists are compared
/// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html and
/// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html).
enum RevisionDefaults {
    /// Members of a described revision that no request has.
    static let written: Set<String> = [
        "taskDefinitionArn", "revision", "status", "registeredAt", "registeredBy", "deregisteredAt",
        "deleteRequestedAt",
        "compatibilities", "requiresAttributes", "tags",
    ]

    /// Of the task.
    static let task: [String: String] = [
        "runtimePlatform.operatingSystemFamily": "LINUX", "runtimePlatform.cpuArchitecture": "X86_64",
        "ephemeralStorage.sizeInGiB": "20", "enableFaultInjection": "false",
    ]

    /// Of each container, by its member.
    static let container: [String: String] = [
        "cpu": "0", "essential": "true", "readonlyRootFilesystem": "false", "privileged": "false",
        "interactive": "false", "pseudoTerminal": "false", "disableNetworking": "false",
        "versionConsistency": "enabled",
        "restartPolicy.enabled": "false",
    ]

    /// Of objects, by the member that holds them.
    static let members: [String: [String: String]] = [
        "healthCheck": ["interval": "30", "timeout": "5", "retries": "3", "startPeriod": "0"],
        "mountPoints": ["readOnly": "false"],
        "volumesFrom": ["readOnly": "false"],
        "linuxParameters": ["initProcessEnabled": "false"],
    ]

    /// Booleans, which the answers' decoder reports as numbers.
    static let flags: Set<String> = [
        "essential", "readonlyRootFilesystem", "privileged", "interactive", "pseudoTerminal", "disableNetworking",
        "enableFaultInjection", "enabled", "readOnly", "initProcessEnabled",
    ]

    /// Lists of named things, whose order means nothing, by the members that name one.
    static let keys: [String: [String]] = [
        "environment": ["name"], "secrets": ["name"], "secretOptions": ["name"], "ulimits": ["name"],
        "portMappings": ["containerPort", "protocol"], "systemControls": ["namespace"], "volumes": ["name"],
        "mountPoints": ["containerPath"], "volumesFrom": ["sourceContainer"], "dependsOn": ["containerName"],
        "extraHosts": ["hostname"], "resourceRequirements": ["type"], "environmentFiles": ["value"],
    ]

    /// Lists of texts whose order means nothing.
    static let sets: Set<String> = ["requiresCompatibilities", "dnsServers", "dnsSearchDomains", "links"]
}
