import AWSCore
import AWSServices
public import Provisioning

/// Redis in cluster mode: shards with replicas in other zones, TLS and a token, encrypted at rest.
public struct ReplicationGroup: AWSResource {
    public static let type = "elasticache:replicationgroup"
    public static let explanation = """
        Cached summaries and waiting-room counters; correctness never depends on it. Costs by the node and hour: shards \
        times (1 + replicas). Takes 10 to 60 minutes to make, and can only be changed or deleted while available.
        """
    public static let waiting = Waiting(
        maximumDelay: .seconds(20), deadline: .seconds(3600), watchesDeletion: true)

    /// At most 40 characters.
    public var identifier: String
    /// "7.1"
    public var engineVersion: String
    /// "cache.r7g.large"
    public var nodeType: String
    public var shards: Int
    /// Of each shard, without its primary.
    public var replicasPerShard: Int
    public var parameterGroup: Input
    public var subnetGroup: Input
    public var securityGroup: Input
    /// ARN of the secret whose text is the token, 16 to 128 characters.
    public var authSecret: Input

    public init(
        identifier: String, engineVersion: String, nodeType: String, shards: Int, replicasPerShard: Int,
        parameterGroup: Input, subnetGroup: Input, securityGroup: Input, authSecret: Input
    ) {
        self.identifier = identifier
        self.engineVersion = engineVersion
        self.nodeType = nodeType
        self.shards = shards
        self.replicasPerShard = replicasPerShard
        self.parameterGroup = parameterGroup
        self.subnetGroup = subnetGroup
        self.securityGroup = securityGroup
        self.authSecret = authSecret
    }

    /// What `DescribeReplicationGroups` and `DescribeCacheClusters` say of it.
    public struct Observed: Sendable, Equatable {
        public var nodeType: String
        /// Ids of the shards, "0001".
        public var shards: [String]
        public var replicasPerShard: Int
        public var automaticFailover: Bool
        public var multiAZ: Bool
        public var clusterMode: Bool
        public var tls: Bool
        public var authToken: Bool
        public var encryptedAtRest: Bool
        /// nil while its nodes are being made.
        public var node: Node?

        /// What only the nodes tell.
        public struct Node: Sendable, Equatable {
            public var engineVersion: String
            public var parameterGroup: String
            public var subnetGroup: String
            public var securityGroups: Set<String>
        }
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let answer = try await scope.send(ElastiCache.DescribeReplicationGroups(replicationGroupId: identifier))
        guard let group = answer.replicationGroups.first else { return nil }
        async let tags = scope.send(ElastiCache.ListTagsForResource(resourceName: group.arn ?? arn(scope))).tagList
        var node: Observed.Node?
        if group.status == "available", let member = group.memberClusters.first {
            let clusters = try await scope.send(ElastiCache.DescribeCacheClusters(cacheClusterId: member)).cacheClusters
            node = clusters.first.map { cluster in
                Observed.Node(
                    engineVersion: cluster.engineVersion ?? "",
                    parameterGroup: cluster.cacheParameterGroup?.cacheParameterGroupName ?? "",
                    subnetGroup: cluster.cacheSubnetGroupName ?? "",
                    securityGroups: Set(cluster.securityGroups.map(\.securityGroupId)))
            }
        }
        return observation(group, node: node, owner: scope.tags.owner(of: try await tags.byKey), scope)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let token = try await scope.send(SecretsManager.GetSecretValue(secretId: try scope.value(authSecret)))
            .secretString
        let group = try await scope.send(
            ElastiCache.CreateReplicationGroup(
                replicationGroupId: identifier,
                replicationGroupDescription: "Cache and counters of stack \(scope.tags.stack)", engine: "redis",
                engineVersion: engineVersion, cacheNodeType: nodeType, clusterMode: "enabled", numNodeGroups: shards,
                replicasPerNodeGroup: replicasPerShard, cacheParameterGroupName: try scope.value(parameterGroup),
                cacheSubnetGroupName: try scope.value(subnetGroup),
                securityGroupIds: [try scope.value(securityGroup)], automaticFailoverEnabled: true,
                multiAZEnabled: true, transitEncryptionEnabled: true, atRestEncryptionEnabled: true, authToken: token,
                tags: .init(scope.tags.all))
        ).replicationGroup
        return observation(group, node: nil, owner: .ours, scope)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("nodeType", observed: observed.nodeType, desired: nodeType)
        list.compare("shards", observed: observed.shards.count, desired: shards)
        list.compare("replicasPerShard", observed: observed.replicasPerShard, desired: replicasPerShard)
        list.compare("automaticFailover", observed: observed.automaticFailover, desired: true)
        list.compare("multiAZ", observed: observed.multiAZ, desired: true)
        list.compare("clusterMode", observed: observed.clusterMode, desired: true, isImmutable: true)
        list.compare("tls", observed: observed.tls, desired: true, isImmutable: true)
        list.compare("authToken", observed: observed.authToken, desired: true, isImmutable: true)
        list.compare("encryptedAtRest", observed: observed.encryptedAtRest, desired: true, isImmutable: true)
        guard let node = observed.node else { return list.changes }
        // "7.1" is told as "7.1.0".
        let version = node.engineVersion.split(separator: ".").prefix(2).joined(separator: ".")
        list.compare("engineVersion", observed: version, desired: engineVersion)
        list.compare("parameterGroup", observed: node.parameterGroup, desired: parameterGroup, in: values)
        list.compare(
            "subnetGroup", observed: node.subnetGroup, desired: subnetGroup, in: values, isImmutable: true)
        list.compare(
            "securityGroups", observed: node.securityGroups,
            desired: Set([values.known(securityGroup) ?? Change.unknown]))
        return list.changes
    }

    /// One kind of change at a time: the group is not available again until it is done, so the next call answers that
    /// the group is in another state, and the executor comes back.
    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        let changed = Set(changes.map(\.setting))
        if !changed.subtracting(["shards", "replicasPerShard"]).isEmpty {
            var call = ElastiCache.ModifyReplicationGroup(replicationGroupId: identifier)
            if changed.contains("nodeType") { call.cacheNodeType = nodeType }
            if changed.contains("automaticFailover") { call.automaticFailoverEnabled = true }
            if changed.contains("multiAZ") { call.multiAZEnabled = true }
            if changed.contains("engineVersion") { call.engineVersion = engineVersion }
            if changed.contains("parameterGroup") { call.cacheParameterGroupName = try scope.value(parameterGroup) }
            if changed.contains(where: { $0.hasPrefix("securityGroups") }) {
                call.securityGroupIds = [try scope.value(securityGroup)]
            }
            _ = try await scope.send(call)
        }
        if changed.contains("shards") {
            _ = try await scope.send(
                ElastiCache.ModifyReplicationGroupShardConfiguration(
                    replicationGroupId: identifier, nodeGroupCount: shards,
                    nodeGroupsToRemove: observed.shards.count > shards
                        ? Array(observed.shards.sorted().dropFirst(shards)) : nil))
        }
        if changed.contains("replicasPerShard") {
            if observed.replicasPerShard < replicasPerShard {
                _ = try await scope.send(
                    ElastiCache.IncreaseReplicaCount(
                        replicationGroupId: identifier, newReplicaCount: replicasPerShard))
            } else {
                _ = try await scope.send(
                    ElastiCache.DecreaseReplicaCount(
                        replicationGroupId: identifier, newReplicaCount: replicasPerShard))
            }
        }
        return try await read(scope)
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            ElastiCache.DeleteReplicationGroup(replicationGroupId: identifier, retainPrimaryCluster: false))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "elasticache:AddTagsToResource", "elasticache:CreateReplicationGroup",
                    "elasticache:DecreaseReplicaCount", "elasticache:DeleteReplicationGroup",
                    "elasticache:DescribeCacheClusters", "elasticache:DescribeReplicationGroups",
                    "elasticache:IncreaseReplicaCount", "elasticache:ListTagsForResource",
                    "elasticache:ModifyReplicationGroup", "elasticache:ModifyReplicationGroupShardConfiguration",
                ],
                on: Self.resources(at: place, identifier)),
            Permission(["secretsmanager:GetSecretValue"], on: [Secret.pattern(at: place)]),
        ]
    }

    /// ARNs of everything of this service that bears the stack's name (a create is authorised on the groups it names
    /// too), and of the group `identifier`, whose name may be chosen.
    static func resources(at place: Place, _ identifier: String? = nil) -> Set<String> {
        let own = Set(
            ["cluster", "parametergroup", "replicationgroup", "subnetgroup"].map {
                place.arn("elasticache", "\($0):\(place.stack)-*")
            })
        guard let identifier, !identifier.hasPrefix("\(place.stack)-") else { return own }
        return own.union([
            place.arn("elasticache", "replicationgroup:\(identifier)"),
            place.arn("elasticache", "cluster:\(identifier)-*"),
        ])
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String { scope.arn("elasticache", "replicationgroup:\(identifier)") }

    private func observation(
        _ group: ElastiCache.ReplicationGroup, node: Observed.Node?, owner: Owner, _ scope: Scope<AWSCloud>
    ) -> Observation<Observed> {
        let status = group.status ?? "creating"
        var outputs: [String: String] = ["identifier": identifier]
        if let endpoint = group.configurationEndpoint, let address = endpoint.address, let port = endpoint.port {
            outputs["endpoint"] = address
            outputs["port"] = String(port)
        }
        let state: ResourceState =
            switch status {
            case "available": outputs["endpoint"] == nil ? .changing("available, without an endpoint yet") : .ready
            case "deleting": .deleting(status)
            case "create-failed": .failed(status)
            default: .changing(status)
            }
        // Shards are told once the group is available; till then they are believed to be as asked for.
        let isTold = !group.nodeGroups.isEmpty
        return Observation(
            Observed(
                nodeType: group.cacheNodeType ?? nodeType,
                shards: isTold
                    ? group.nodeGroups.compactMap(\.nodeGroupId) : (0..<shards).map { "pending \($0 + 1)" },
                replicasPerShard: group.nodeGroups.map { $0.nodeGroupMembers.count - 1 }.min().map { max($0, 0) }
                    ?? replicasPerShard,
                automaticFailover: group.automaticFailover?.hasPrefix("enabl") ?? true,
                multiAZ: group.multiAZ.map { $0 == "enabled" } ?? true, clusterMode: group.clusterEnabled ?? true,
                tls: group.transitEncryptionEnabled ?? true, authToken: group.authTokenEnabled ?? true,
                encryptedAtRest: group.atRestEncryptionEnabled ?? true, node: node),
            identity: group.arn ?? arn(scope), outputs: outputs, owner: owner, state: state)
    }
}

extension Placed where R == ReplicationGroup {
    /// Host of the configuration endpoint.
    public var endpoint: Input { output("endpoint") }
    public var port: Input { output("port") }
    public var identifier: Input { output("identifier") }
}
