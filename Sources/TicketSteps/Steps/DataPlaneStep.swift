public import AWSResources
public import Provisioning

/// Step 03: what holds the state - queue, tables, cache, database - and the secrets.
public struct DataPlaneStep: Sendable {
    public static let id: StepID = "03-dataplane"

    public let deadLetterQueue: Placed<SQSQueue>
    public let queue: Placed<SQSQueue>
    public let seatTable: Placed<DynamoDBTable>
    /// Only in the primary region.
    public let lockTable: Placed<DynamoDBTable>?
    public let roomKeySecret: Placed<Secret>
    public let webhookSecret: Placed<Secret>
    public let redisAuthSecret: Placed<Secret>
    public let redis: Placed<ReplicationGroup>
    public let aurora: Placed<AuroraCluster>
    /// The first instance, which writes; then its readers.
    public let auroraInstances: [Placed<AuroraInstance>]

    /// What must stand before anything can use the database.
    public var auroraReady: [NodeID] { auroraInstances.map(\.id) }

    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, context: StackContext,
        network: NetworkStep, access: AccessStep
    ) throws {
        let secrets = try Self.addSecrets(to: &graph, stack, region.name)
        roomKeySecret = secrets.roomKey
        webhookSecret = secrets.webhook
        redisAuthSecret = secrets.redisAuth
        redis = try Self.addRedis(
            to: &graph, stack, region.name, network, authSecret: redisAuthSecret.arn, after: access.serviceLinkedRoles)
        (aurora, auroraInstances) = try Self.addAurora(
            to: &graph, stack, region.name, network, after: access.serviceLinkedRoles)
        (queue, deadLetterQueue) = try Self.addQueues(to: &graph, stack, region.name)
        seatTable = try graph.add("table-seat-lock", in: region.name, step: Self.id, Self.seatTable(stack))
        lockTable =
            region.name == stack.regions.first?.name
            ? try graph.add("table-lock", in: region.name, step: Self.id, .runLock) : nil
    }

    private static func addSecrets(
        to graph: inout Graph<AWSCloud>, _ stack: Stack, _ region: String
    ) throws -> (roomKey: Placed<Secret>, webhook: Placed<Secret>, redisAuth: Placed<Secret>) {
        let roomKey = try graph.add(
            "secret-room-token-key", in: region, step: id,
            Secret(name: stack.roomKeySecretName, purpose: "HMAC key of room tokens"))
        let webhook = try graph.add(
            "secret-webhook", in: region, step: id,
            Secret(name: stack.webhookSecretName, purpose: "HMAC key of the payment provider's callbacks"))
        let redisAuth = try graph.add(
            "secret-redis-auth", in: region, step: id,
            Secret(name: stack.redisSecretName, purpose: "AUTH token of Redis"))
        return (roomKey, webhook, redisAuth)
    }

    private static func addQueues(
        to graph: inout Graph<AWSCloud>, _ stack: Stack, _ region: String
    ) throws -> (queue: Placed<SQSQueue>, deadLetterQueue: Placed<SQSQueue>) {
        let retention = stack.queue.retentionDays * 86400
        let deadLetterQueue = try graph.add(
            "queue-deadletter", in: region, step: id,
            SQSQueue(
                name: stack.deadLetterQueueName, visibilityTimeoutSeconds: stack.queue.visibilityTimeoutSeconds,
                retentionSeconds: retention, redriveSources: [stack.commitQueueName]))
        let queue = try graph.add(
            "queue-confirm", in: region, step: id,
            SQSQueue(
                name: stack.commitQueueName, visibilityTimeoutSeconds: stack.queue.visibilityTimeoutSeconds,
                retentionSeconds: retention,
                redrive: .init(
                    deadLetterQueueARN: deadLetterQueue.arn, maxReceiveCount: stack.queue.maxReceiveCount)))
        return (queue, deadLetterQueue)
    }

    /// Holds and pins `E#<event>#<section>#<shard>` / `S#<seat>`, and commit records. A record that was not sent yet has
    /// `unsent` (a shard number as text, so that the index is no hot partition either) and `createdAt` (epoch
    /// milliseconds); sending it takes `unsent` away, and with it the record out of the index. Whoever finds one there
    /// reads the item before sending, since an index lags: so the keys are enough in it.
    private static func seatTable(_ stack: Stack) -> DynamoDBTable {
        DynamoDBTable(
            name: stack.seatTableName, partitionKey: .init("pk", .text), sortKey: .init("sk", .text),
            indexes: [
                .init(
                    Stack.unsentIndexName, partitionKey: .init("unsent", .text), sortKey: .init("createdAt", .number))
            ],
            timeToLiveAttribute: "ttl", pointInTimeRecovery: stack.table.pointInTimeRecovery,
            deletionProtection: stack.table.deletionProtection)
    }

    private static func addRedis(
        to graph: inout Graph<AWSCloud>, _ stack: Stack, _ region: String, _ network: NetworkStep, authSecret: Input,
        after: [NodeID]
    ) throws -> Placed<ReplicationGroup> {
        let subnets = try graph.add(
            "redis-subnets", in: region, step: id,
            CacheSubnetGroup(name: "\(stack.name)-redis", subnets: network.privateSubnets.map { $0.output("id") }))
        let major = stack.redis.engineVersion.prefix { $0 != "." }
        let parameters = try graph.add(
            "redis-parameters", in: region, step: id,
            CacheParameterGroup(
                name: "\(stack.name)-redis\(major)", family: major == "6" ? "redis6.x" : "redis\(major)",
                parameters: ["cluster-enabled": "yes", "maxmemory-policy": stack.redis.eviction.rawValue]))
        return try graph.add(
            "redis", in: region, step: id,
            ReplicationGroup(
                identifier: stack.redis.clusterID ?? "\(stack.name)-redis", engineVersion: stack.redis.engineVersion,
                nodeType: stack.redis.nodeType, shards: stack.redis.shards,
                replicasPerShard: stack.redis.replicasPerShard, parameterGroup: parameters.name,
                subnetGroup: subnets.name, securityGroup: network.redisGroup.output("id"), authSecret: authSecret),
            after: after)
    }

    private static func addAurora(
        to graph: inout Graph<AWSCloud>, _ stack: Stack, _ region: String, _ network: NetworkStep, after: [NodeID]
    ) throws -> (Placed<AuroraCluster>, [Placed<AuroraInstance>]) {
        let subnets = try graph.add(
            "aurora-subnets", in: region, step: id,
            DBSubnetGroup(name: "\(stack.name)-aurora", subnets: network.privateSubnets.map { $0.output("id") }))
        let major = stack.aurora.engineVersion.prefix { $0 != "." }
        let parameters = try graph.add(
            "aurora-parameters", in: region, step: id,
            DBClusterParameterGroup(
                name: "\(stack.name)-aurora", family: "aurora-postgresql\(major)",
                parameters: [
                    "rds.force_ssl": "1",
                    // Milliseconds: statements that would break the 200 ms of the hot path, and transactions whose
                    // client is gone but whose locks are not.
                    "log_min_duration_statement": "200",
                    "idle_in_transaction_session_timeout": "60000",
                ]))
        let name = stack.auroraClusterName
        let cluster = try graph.add(
            "aurora", in: region, step: id,
            AuroraCluster(
                identifier: name, engineVersion: stack.aurora.engineVersion, databaseName: stack.aurora.database,
                minimumACU: stack.aurora.minimumACU, maximumACU: stack.aurora.maximumACU,
                backupRetentionDays: stack.aurora.backupRetentionDays,
                deletionProtection: stack.aurora.deletionProtection, parameterGroup: parameters.name,
                subnetGroup: subnets.name, securityGroup: network.auroraGroup.output("id")),
            after: after)
        // One after the other: the first instance of a cluster is the one that writes.
        let writer = try graph.add(
            "aurora-writer", in: region, step: id,
            AuroraInstance(identifier: "\(name)-writer", cluster: cluster.identifier, promotionTier: 0))
        let reader = try graph.add(
            "aurora-reader", in: region, step: id,
            AuroraInstance(identifier: "\(name)-reader", cluster: cluster.identifier, promotionTier: 1),
            after: [writer.id])
        return (cluster, [writer, reader])
    }
}
