import AWSCore
import AWSServices
public import Provisioning

/// A table billed by the request.
public struct DynamoDBTable: AWSResource {
    public static let type = "dynamodb:table"
    public static let explanation = """
        Holds and pins of seats with their commit records (the seat-lock table), or the lock of runs (tickctl-lock, one an \
        account). Costs by the request and by the stored byte, point-in-time recovery by the byte on top. Its keys cannot \
        be changed.
        """
    public static let waiting = Waiting(maximumDelay: .seconds(5), deadline: .seconds(900), watchesDeletion: true)

    public var name: String
    public var partitionKey: Attribute
    public var sortKey: Attribute?
    public var indexes: [Index]
    /// The attribute with the epoch second after which an item may be removed; nil: none. Removal lags by days.
    public var timeToLiveAttribute: String?
    public var pointInTimeRecovery: Bool
    public var deletionProtection: Bool
    /// True for the one table that all stacks of an account use: it carries the tags of whoever made it.
    public var isShared: Bool

    /// An attribute of a key; others are not declared.
    public struct Attribute: Sendable, Encodable, Equatable {
        /// DynamoDB's type of the attribute.
        public enum Kind: String, Sendable, Encodable {
            case text = "S"
            case number = "N"
        }
        public var name: String
        public var kind: Kind

        public init(_ name: String, _ kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    /// A global secondary index over the keys; items without its attributes are not in it.
    public struct Index: Sendable, Encodable {
        public var name: String
        public var partitionKey: Attribute
        public var sortKey: Attribute

        public init(_ name: String, partitionKey: Attribute, sortKey: Attribute) {
            self.name = name
            self.partitionKey = partitionKey
            self.sortKey = sortKey
        }
    }

    public init(
        name: String, partitionKey: Attribute, sortKey: Attribute? = nil, indexes: [Index] = [],
        timeToLiveAttribute: String? = nil, pointInTimeRecovery: Bool, deletionProtection: Bool, isShared: Bool = false
    ) {
        self.name = name
        self.partitionKey = partitionKey
        self.sortKey = sortKey
        self.indexes = indexes
        self.timeToLiveAttribute = timeToLiveAttribute
        self.pointInTimeRecovery = pointInTimeRecovery
        self.deletionProtection = deletionProtection
        self.isShared = isShared
    }

    /// What `DescribeTable`, `DescribeTimeToLive` and `DescribeContinuousBackups` say of it.
    public struct Observed: Sendable, Equatable {
        /// "pk S HASH, sk S RANGE"
        public var key: String
        /// Name to "unsent S HASH, createdAt N RANGE, KEYS_ONLY".
        public var indexes: [String: String]
        public var billingMode: String
        public var deletionProtection: Bool
        public var timeToLiveAttribute: String?
        public var pointInTimeRecovery: Bool
        public var isActive: Bool
    }

    public var holdsData: Bool { true }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        let table = try await scope.send(DynamoDB.DescribeTable(tableName: name)).table
        // The shared table needs no tags to be known, and neither of the other two settings is managed there.
        if isShared {
            return observation(table, timeToLiveAttribute: nil, pointInTimeRecovery: false, .inherited, scope)
        }
        let list = DynamoDB.ListTagsOfResource(resourceArn: table.tableArn ?? arn(scope))
        async let tags = scope.cloud.client.all(list, region: scope.region) { $0.tags }
        async let ttl = scope.send(DynamoDB.DescribeTimeToLive(tableName: name)).timeToLiveDescription
        async let backups = scope.send(DynamoDB.DescribeContinuousBackups(tableName: name))
            .continuousBackupsDescription
        let status = try await ttl?.timeToLiveStatus ?? ""
        return try await observation(
            table, timeToLiveAttribute: status.hasPrefix("ENABL") ? ttl?.attributeName : nil,
            pointInTimeRecovery: backups?.pointInTimeRecoveryDescription?.pointInTimeRecoveryStatus == "ENABLED",
            scope.tags.owner(of: tags.byKey), scope)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        // Taking the lock of the very first run has made the shared one since it was looked for.
        if isShared, let found = try await existing(scope) { return found }
        let table = try await scope.send(creation(tags: scope.tags.all)).tableDescription
        let made = observation(table, timeToLiveAttribute: nil, pointInTimeRecovery: false, .ours, scope)
        let rest = changes(from: made.settings, scope.values)
        guard !rest.isEmpty else { return made }
        try await UnfinishedCreation.guarding(made.identity) { _ = try await update(made.settings, rest, scope) }
        return observation(
            table, timeToLiveAttribute: timeToLiveAttribute, pointInTimeRecovery: pointInTimeRecovery, .ours, scope)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("key", observed: observed.key, desired: key, isImmutable: true)
        list.compare("indexes", observed: observed.indexes, desired: indexTexts, isImmutable: true)
        list.compare("billingMode", observed: observed.billingMode, desired: "PAY_PER_REQUEST")
        list.compare("deletionProtection", observed: observed.deletionProtection, desired: deletionProtection)
        // Another attribute can only be named an hour after the first was switched off (API UpdateTimeToLive).
        list.compare(
            "timeToLive", observed: observed.timeToLiveAttribute, desired: timeToLiveAttribute,
            isImmutable: observed.timeToLiveAttribute != nil && timeToLiveAttribute != nil)
        list.compare("pointInTimeRecovery", observed: observed.pointInTimeRecovery, desired: pointInTimeRecovery)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        guard observed.isActive else { throw NotYet("the table \(name) is not active yet") }
        let changed = Set(changes.map(\.setting))
        if changed.contains("timeToLive"), let attribute = timeToLiveAttribute ?? observed.timeToLiveAttribute {
            _ = try await scope.send(
                DynamoDB.UpdateTimeToLive(
                    tableName: name, attributeName: attribute, enabled: timeToLiveAttribute != nil))
        }
        if changed.contains("pointInTimeRecovery") {
            _ = try await scope.send(
                DynamoDB.UpdateContinuousBackups(tableName: name, pointInTimeRecoveryEnabled: pointInTimeRecovery))
        }
        if changed.contains("billingMode") || changed.contains("deletionProtection") {
            _ = try await scope.send(
                DynamoDB.UpdateTable(
                    tableName: name, billingMode: changed.contains("billingMode") ? "PAY_PER_REQUEST" : nil,
                    deletionProtectionEnabled: changed.contains("deletionProtection") ? deletionProtection : nil))
        }
        return nil
    }

    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        if observed.deletionProtection {
            _ = try await scope.send(DynamoDB.UpdateTable(tableName: name, deletionProtectionEnabled: false))
        }
        _ = try await scope.send(DynamoDB.DeleteTable(tableName: name))
    }

    public func permissions(at place: Place) -> [Permission] {
        // The lock of runs is an item of the shared table, which is never deleted.
        let own: Set<String> = isShared ? ["dynamodb:GetItem", "dynamodb:UpdateItem"] : ["dynamodb:DeleteTable"]
        return [
            Permission(
                own.union([
                    "dynamodb:CreateTable", "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable",
                    "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource", "dynamodb:TagResource",
                    "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
                ]),
                on: [place.arn("dynamodb", "table/\(name)")])
        ]
    }

    /// The call that makes the table.
    func creation(tags: [String: String]) -> DynamoDB.CreateTable {
        let attributes =
            ([partitionKey] + [sortKey].compactMap(\.self) + indexes.flatMap { [$0.partitionKey, $0.sortKey] })
            .reduce(into: [Attribute]()) { if !$0.contains($1) { $0.append($1) } }
        return DynamoDB.CreateTable(
            tableName: name,
            attributeDefinitions: attributes.map { .init(attributeName: $0.name, attributeType: $0.kind.rawValue) },
            keySchema: Self.schema(partitionKey, sortKey),
            globalSecondaryIndexes: indexes.isEmpty
                ? nil
                : indexes.map {
                    .init(
                        indexName: $0.name, keySchema: Self.schema($0.partitionKey, $0.sortKey),
                        projection: .init(projectionType: "KEYS_ONLY"))
                },
            billingMode: "PAY_PER_REQUEST", deletionProtectionEnabled: deletionProtection, tags: .init(tags))
    }

    private func existing(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        do {
            return try await read(scope)
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            return nil
        }
    }

    private func arn(_ scope: Scope<AWSCloud>) -> String { scope.arn("dynamodb", "table/\(name)") }

    private func observation(
        _ table: DynamoDB.Table, timeToLiveAttribute: String?, pointInTimeRecovery: Bool, _ owner: Owner,
        _ scope: Scope<AWSCloud>
    ) -> Observation<Observed> {
        let status = table.tableStatus ?? "ACTIVE"
        let state: ResourceState =
            switch status {
            case "ACTIVE": .ready
            case "DELETING": .deleting(status)
            case "CREATING", "UPDATING": .changing(status)
            default: .failed(status)
            }
        let kinds = Dictionary(
            table.attributeDefinitions.map { ($0.attributeName, $0.attributeType) }, uniquingKeysWith: { $1 })
        func text(_ schema: [DynamoDB.KeySchemaElement]) -> String {
            schema.map { "\($0.attributeName) \(kinds[$0.attributeName] ?? "?") \($0.keyType)" }.joined(separator: ", ")
        }
        let arn = table.tableArn ?? arn(scope)
        return Observation(
            Observed(
                key: text(table.keySchema),
                indexes: Dictionary(
                    table.globalSecondaryIndexes.map {
                        ($0.indexName ?? "?", "\(text($0.keySchema)), \($0.projection?.projectionType ?? "ALL")")
                    }, uniquingKeysWith: { $1 }),
                // A table that was never billed otherwise than by provisioned throughput has no summary.
                billingMode: table.billingModeSummary?.billingMode ?? "PROVISIONED",
                deletionProtection: table.deletionProtectionEnabled ?? false, timeToLiveAttribute: timeToLiveAttribute,
                pointInTimeRecovery: pointInTimeRecovery, isActive: status == "ACTIVE"),
            identity: arn, outputs: ["arn": arn, "name": name], owner: owner, state: state)
    }

    private var key: String {
        Self.text(partitionKey, sortKey)
    }

    private var indexTexts: [String: String] {
        Dictionary(
            indexes.map { ($0.name, "\(Self.text($0.partitionKey, $0.sortKey)), KEYS_ONLY") }, uniquingKeysWith: { $1 })
    }

    private static func text(_ partition: Attribute, _ sort: Attribute?) -> String {
        "\(partition.name) \(partition.kind.rawValue) HASH"
            + (sort.map { ", \($0.name) \($0.kind.rawValue) RANGE" } ?? "")
    }

    private static func schema(_ partition: Attribute, _ sort: Attribute?) -> [DynamoDB.KeySchemaElement] {
        [.init(attributeName: partition.name, keyType: "HASH")]
            + (sort.map { [.init(attributeName: $0.name, keyType: "RANGE")] } ?? [])
    }
}

extension Placed where R == DynamoDBTable {
    public var arn: Input { output("arn") }
    public var name: Input { output("name") }
}
