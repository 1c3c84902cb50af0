import AWSServices
public import Provisioning

/// The subnets in which a replication group's nodes may stand.
public struct CacheSubnetGroup: AWSResource {
    public static let type = "elasticache:subnetgroup"
    public static let explanation =
        "The private subnets of the Redis nodes. Costs nothing; in use, it cannot be deleted."

    public var name: String
    public var subnets: [Input]

    public init(name: String, subnets: [Input]) {
        self.name = name
        self.subnets = subnets
    }

    /// What `DescribeCacheSubnetGroups` says of it.
    public struct Observed: Sendable, Equatable {
        public var subnets: Set<String>
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let answer = try await scope.send(ElastiCache.DescribeCacheSubnetGroups(cacheSubnetGroupName: name))
        guard let group = answer.cacheSubnetGroups.first else { return nil }
        let arn = group.arn ?? arn(scope)
        let tags = try await scope.send(ElastiCache.ListTagsForResource(resourceName: arn)).tagList
        return Observation(
            Observed(subnets: Set(group.subnets.map(\.subnetIdentifier))), identity: arn, outputs: ["name": name],
            owner: scope.tags.owner(of: tags.byKey))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let ids = try subnets.map(scope.value)
        _ = try await scope.send(
            ElastiCache.CreateCacheSubnetGroup(
                cacheSubnetGroupName: name, cacheSubnetGroupDescription: description(scope), subnetIds: ids,
                tags: .init(scope.tags.all)))
        return Observation(
            Observed(subnets: Set(ids)), identity: arn(scope), outputs: ["name": name], owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare(
            "subnets", observed: observed.subnets, desired: Set(subnets.map { values.known($0) ?? Change.unknown }))
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        _ = try await scope.send(
            ElastiCache.ModifyCacheSubnetGroup(
                cacheSubnetGroupName: name, cacheSubnetGroupDescription: description(scope),
                subnetIds: try subnets.map(scope.value)))
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(ElastiCache.DeleteCacheSubnetGroup(cacheSubnetGroupName: name))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "elasticache:AddTagsToResource", "elasticache:CreateCacheSubnetGroup",
                    "elasticache:DeleteCacheSubnetGroup", "elasticache:DescribeCacheSubnetGroups",
                    "elasticache:ListTagsForResource", "elasticache:ModifyCacheSubnetGroup",
                ],
                on: ReplicationGroup.resources(at: place))
        ]
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String { scope.arn("elasticache", "subnetgroup:\(name)") }
    private func description(_ scope: Scope<AWSCloud>) -> String { "Private subnets of stack \(scope.tags.stack)" }
}

extension Placed where R == CacheSubnetGroup {
    public var name: Input { output("name") }
}
