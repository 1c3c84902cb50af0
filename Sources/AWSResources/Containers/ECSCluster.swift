import AWSServices
public import Provisioning

/// The cluster in which a region's services run.
public struct ECSCluster: AWSResource {
    public static let type = "ecs:cluster"
    public static let explanation = """
        Groups the services of a region and says on which capacity they may run. The cluster is free, Container Insights \
        is billed by the metric; it can only be deleted when no service or task is left in it.
        """
    public static let waiting = Waiting(deadline: .seconds(600), watchesDeletion: true)

    public var name: String
    public var capacityProviders: [String]
    public var defaultStrategy: [CapacityProvider]
    public var hasContainerInsights: Bool

    public init(
        name: String, capacityProviders: [String], defaultStrategy: [CapacityProvider], hasContainerInsights: Bool
    ) {
        self.name = name
        self.capacityProviders = capacityProviders
        self.defaultStrategy = defaultStrategy
        self.hasContainerInsights = hasContainerInsights
    }

    /// What `DescribeClusters` says of it.
    public struct Observed: Sendable, Equatable {
        /// "enabled", "enhanced" or "disabled".
        public var containerInsights: String?
        public var capacityProviders: Set<String>
        public var defaultStrategy: String
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let answer = try await scope.send(ECS.DescribeClusters(clusters: [name]))
        // An INACTIVE cluster is what is left of a deleted one.
        guard let found = answer.clusters.first, found.status != "INACTIVE" else { return nil }
        return observation(found, owner: scope.tags.owner(of: found.tags.byKey))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let made = try await scope.send(
            ECS.CreateCluster(
                clusterName: name, settings: settings, capacityProviders: capacityProviders,
                defaultCapacityProviderStrategy: defaultStrategy.map(\.item), tags: .init(scope.tags.all))
        ).cluster
        return observation(made, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("containerInsights", observed: observed.containerInsights, desired: containerInsights)
        list.compare(
            "capacityProviders", observed: observed.capacityProviders, desired: Set(capacityProviders))
        list.compare(
            "defaultStrategy", observed: observed.defaultStrategy, desired: CapacityProvider.text(defaultStrategy))
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        if changes.contains(where: { $0.setting == "containerInsights" }) {
            _ = try await scope.send(ECS.UpdateClusterSettings(cluster: name, settings: settings))
        }
        if changes.contains(where: { $0.setting != "containerInsights" }) {
            _ = try await scope.send(
                ECS.PutClusterCapacityProviders(
                    cluster: name, capacityProviders: capacityProviders,
                    defaultCapacityProviderStrategy: defaultStrategy.map(\.item)))
        }
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(ECS.DeleteCluster(cluster: name))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "ecs:CreateCluster", "ecs:DeleteCluster", "ecs:DescribeClusters", "ecs:PutClusterCapacityProviders",
                    "ecs:TagResource", "ecs:UpdateClusterSettings",
                ], on: ContainerPermissions.resources(at: place))
        ]
    }

    private var containerInsights: String { hasContainerInsights ? "enabled" : "disabled" }

    private var settings: [ECS.KeyValuePair] { [.init(name: "containerInsights", value: containerInsights)] }

    private func observation(_ found: ECS.Cluster, owner: Owner) -> Observation<Observed> {
        Observation(
            Observed(
                containerInsights: found.settings.first { $0.name == "containerInsights" }?.value,
                capacityProviders: Set(found.capacityProviders),
                defaultStrategy: CapacityProvider.text(
                    found.defaultCapacityProviderStrategy.map { CapacityProvider($0) })),
            identity: found.clusterArn, outputs: ["name": name, "arn": found.clusterArn], owner: owner,
            state: Self.state(found.status))
    }

    private static func state(_ status: String) -> ResourceState {
        switch status {
        case "ACTIVE": .ready
        case "DEPROVISIONING": .deleting(status)
        case "FAILED": .failed(status)
        default: .changing(status)
        }
    }
}

extension Placed where R == ECSCluster {
    public var name: Input { output("name") }
    public var arn: Input { output("arn") }
}
