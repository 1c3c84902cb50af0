import AWSCore
import AWSServices
public import Provisioning

/// Settings of an Aurora cluster's PostgreSQL.
public struct DBClusterParameterGroup: AWSResource {
    public static let type = "rds:cluster-pg"
    public static let explanation = """
        Settings of PostgreSQL: connections need TLS, slow statements are logged, idle transactions end. Costs nothing; in \
        use, it cannot be deleted.
        """

    public var name: String
    /// "aurora-postgresql16"
    public var family: String
    /// Only these are managed; at most 20, and dynamic ones only: they hold at once, without a restart.
    public var parameters: [String: String]

    public init(name: String, family: String, parameters: [String: String]) {
        self.name = name
        self.family = family
        self.parameters = parameters
    }

    /// What `DescribeDBClusterParameterGroups` and `DescribeDBClusterParameters` say of it.
    public struct Observed: Sendable, Equatable {
        public var family: String
        public var parameters: [String: String]
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let answer = try await scope.send(RDS.DescribeDBClusterParameterGroups(dbClusterParameterGroupName: name))
        guard let group = answer.dbClusterParameterGroups.first else { return nil }
        let arn = group.dbClusterParameterGroupArn ?? arn(scope)
        let list = RDS.DescribeDBClusterParameters(dbClusterParameterGroupName: name, source: "user")
        async let tags = scope.send(RDS.ListTagsForResource(resourceName: arn)).tagList
        async let parameters = scope.cloud.client.all(list, region: scope.region) { $0.parameters }
        let pairs = try await parameters.compactMap { parameter in
            parameter.parameterName.map { ($0, parameter.parameterValue ?? "") }
        }
        return Observation(
            Observed(
                family: group.dbParameterGroupFamily ?? "", parameters: Dictionary(pairs, uniquingKeysWith: { $1 })),
            identity: arn, outputs: ["name": name], owner: scope.tags.owner(of: try await tags.byKey))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        _ = try await scope.send(
            RDS.CreateDBClusterParameterGroup(
                dbClusterParameterGroupName: name, dbParameterGroupFamily: family,
                description: "PostgreSQL of stack \(scope.tags.stack)", tags: .init(scope.tags.all)))
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
        _ = try await scope.send(RDS.DeleteDBClusterParameterGroup(dbClusterParameterGroupName: name))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "rds:AddTagsToResource", "rds:CreateDBClusterParameterGroup", "rds:DeleteDBClusterParameterGroup",
                    "rds:DescribeDBClusterParameterGroups", "rds:DescribeDBClusterParameters",
                    "rds:ListTagsForResource", "rds:ModifyDBClusterParameterGroup",
                ],
                on: AuroraCluster.resources(at: place))
        ]
    }

    private func set(_ parameters: [String: String], _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            RDS.ModifyDBClusterParameterGroup(
                dbClusterParameterGroupName: name,
                parameters: parameters.sorted { $0.key < $1.key }.map {
                    .init(parameterName: $0.key, parameterValue: $0.value, applyMethod: "immediate")
                }))
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String { scope.arn("rds", "cluster-pg:\(name)") }
}

extension Placed where R == DBClusterParameterGroup {
    public var name: Input { output("name") }
}
