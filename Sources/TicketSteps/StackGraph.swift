public import AWSResources
public import Provisioning

/// The whole stack as one graph: a slice a step and region, and the global slices.
public struct StackGraph: Sendable {
    public static let steps: [StepID] = [
        NetworkStep.id, RepositoriesStep.id, ClusterStep.id, DataPlaneStep.id, TaskDefinitionsStep.id, ServicesStep.id,
        AutoscalingStep.id, CloudFrontStep.id, DatabaseStep.id,
    ]

    public private(set) var graph: Graph<AWSCloud>
    /// By region.
    public private(set) var dashboards: [String: StackDashboard] = [:]

    /// - Throws: only when a resource cannot be encoded.
    public init(_ stack: Stack, _ context: StackContext) throws {
        graph = Graph(stack: stack.name)
        let access = try AccessStep(addingTo: &graph, stack: stack, context: context)
        var services: [String: ServicesStep] = [:]
        for region in stack.regions {
            let network = try NetworkStep(addingTo: &graph, stack: stack, region: region, context: context)
            let repositories = try RepositoriesStep(addingTo: &graph, stack: stack, region: region, context: context)
            let cluster = try ClusterStep(
                addingTo: &graph, stack: stack, region: region, context: context, access: access)
            let dataPlane = try DataPlaneStep(
                addingTo: &graph, stack: stack, region: region, context: context, network: network, access: access)
            let definitions = try TaskDefinitionsStep(
                addingTo: &graph, stack: stack, region: region, context: context, repositories: repositories,
                access: access, cluster: cluster, dataPlane: dataPlane)
            let service = try ServicesStep(
                addingTo: &graph, stack: stack, region: region, context: context, network: network, access: access,
                cluster: cluster, definitions: definitions, dataPlane: dataPlane)
            services[region.name] = service
            let autoscaling = try AutoscalingStep(
                addingTo: &graph, stack: stack, region: region, context: context, access: access, cluster: cluster,
                dataPlane: dataPlane, services: service)
            dashboards[region.name] = autoscaling.dashboard
            _ = try DatabaseStep(
                addingTo: &graph, stack: stack, region: region, context: context, network: network, cluster: cluster,
                dataPlane: dataPlane, definitions: definitions)
        }
        _ = try CloudFrontStep(addingTo: &graph, stack: stack, context: context, services: services)
    }

    /// What `down` leaves without both keys: data, and all that it stands on.
    public var data: Set<NodeID> {
        graph.closure(of: graph.nodes.filter { $0.step == DataPlaneStep.id }.map(\.id))
    }
}

extension StackGraph {
    /// The graph of an account and an image that do not exist: for explaining, where no call may be made.
    public static func sample(of stack: Stack) throws -> StackGraph {
        try StackGraph(
            stack,
            StackContext(
                account: stack.account ?? "000000000000",
                image: .init(
                    digest: "sha256:" + String(repeating: "0", count: 64), tag: "sample", architecture: "amd64"),
                migrationsChecksum: "sample"))
    }
}
