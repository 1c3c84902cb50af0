import AWSCore
import AWSServices
public import Provisioning

/// Settings of the Redis nodes.
public struct CacheParameterGroup: AWSResource {
    public static let type = "elasticache:parametergroup"
    public static let explanation = """
        Settings of the Redis nodes: cluster mode and what is evicted when memory is full. Costs nothing; in use, it cannot \
        be deleted.
        """

    public var name: String
    /// "redis7"
    public var family: String
    /// Only these are managed; at most 20.
    public var parameters: [String: String]

    public init(name: String, family: String, parameters: [String: String]) {
        self.name = name
        self.family = family
        self.parameters = parameters
    }

    /// What `DescribeCacheParameterGroups` and `DescribeCacheParameters` say of it.
    public struct Observed: Sendable, Equatable {
        public var family: String
        public var parameters: [String: String]
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let answer = try await scope.send(ElastiCache.DescribeCacheParameterGroups(cacheParameterGroupName: name))
        guard let group = answer.cacheParameterGroups.first else { return nil }
        let arn = group.arn ?? arn(scope)
        let list = ElastiCache.DescribeCacheParameters(cacheParameterGroupName: name, source: "user")
        async let tags = scope.send(ElastiCache.ListTagsForResource(resourceName: arn)).tagList
        async let parameters = scope.cloud.client.all(list, region: scope.region) { $0.parameters }
        let pairs = try await parameters.compactMap { parameter in
            parameter.parameterName.map { ($0, parameter.parameterValue ?? "") }
        }
        return Observation(
            Observed(
                family: group.cacheParameterGroupFamily ?? "",
                parameters: Dictionary(pairs, uniquingKeysWith: { $1 })),
            identity: arn, outputs: ["name": name], owner: scope.tags.owner(of: try await tags.byKey))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        _ = try await scope.send(
            ElastiCache.CreateCacheParameterGroup(
                cacheParameterGroupName: name, cacheParameterGroupFamily: family,
                description: "Redis of stack \(scope.tags.stack)", tags: .init(scope.tags.all)))
        try await UnfinishedCreation.guarding(arn(scope)) { try await set(parameters, scope) }
        return Observation(
            Observed(family: family, parameters: parameters), identity: arn(scope), outputs: ["name": name],
            owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("family", observed: observed.family, desired: family, isImmutable: true)
        list.compare(
            "parameters", observed: observed.parameters.filter { parameters[$0.key] != nil }, desired: parameters)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await set(parameters.filter { observed.parameters[$0.key] != $0.value }, scope)
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(ElastiCache.DeleteCacheParameterGroup(cacheParameterGroupName: name))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "elasticache:AddTagsToResource", "elasticache:CreateCacheParameterGroup",
                    "elasticache:DeleteCacheParameterGroup", "elasticache:DescribeCacheParameterGroups",
                    "elasticache:DescribeCacheParameters", "elasticache:ListTagsForResource",
                    "elasticache:ModifyCacheParameterGroup",
                ],
                on: ReplicationGroup.resources(at: place))
        ]
    }

    private func set(_ parameters: [String: String], _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            ElastiCache.ModifyCacheParameterGroup(
                cacheParameterGroupName: name,
                parameterNameValues: parameters.sorted { $0.key < $1.key }.map {
                    .init(parameterName: $0.key, parameterValue: $0.value)
                }))
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String { scope.arn("elasticache", "parametergroup:\(name)") }
}

extension Placed where R == CacheParameterGroup {
    public var name: Input { output("name") }
}
