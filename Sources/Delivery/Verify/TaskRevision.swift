public import AWSServices

/// What tasks of a service are started from: a revision that stands, or one that is still to be registered.
public struct TaskRevision: Sendable {
    /// "ticket-public:7"; of one that is still to be registered the family alone.
    public var name: String
    /// CPU units.
    public var cpu: String?
    /// "X86_64" or "ARM64"; ECS takes nil for X86_64.
    public var architecture: String?
    public var containers: [ECS.ContainerDefinition]

    /// A revision that is registered.
    public init(_ standing: ECS.TaskDefinition) {
        name = "\(standing.family):\(standing.revision)"
        cpu = standing.cpu
        architecture = standing.runtimePlatform?.cpuArchitecture
        containers = standing.containerDefinitions
    }

    /// A revision that is going to be registered: its name has no number yet.
    public init(_ next: ECS.RegisterTaskDefinition) {
        name = next.family
        cpu = next.cpu
        architecture = next.runtimePlatform.cpuArchitecture
        containers = next.containerDefinitions
    }
}
