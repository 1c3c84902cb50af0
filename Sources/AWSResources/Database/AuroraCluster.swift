import AWSServices
public import Provisioning

/// An Aurora PostgreSQL cluster, Serverless v2, encrypted; RDS keeps its master password in Secrets Manager.
///
/// It holds the storage and the endpoints; `AuroraInstance`s answer.
public struct AuroraCluster: AWSResource {
    public static let type = "rds:cluster"
    public static let explanation = """
        The ledger of the sale. Costs by the capacity unit and hour of its instances, by stored gigabyte and by I/O. \
        Deleting it takes a snapshot first, and only when that is available does the cluster go.
        """
    public static let waiting = Waiting(maximumDelay: .seconds(15), deadline: .seconds(2400), watchesDeletion: true)
    public static let engine = "aurora-postgresql"

    /// At most 63 characters.
    public var identifier: String
    /// "16.9"
    public var engineVersion: String
    /// The database made in it.
    public var databaseName: String
    public var masterUsername: String
    /// In Aurora capacity units of about 2 GiB, in halves.
    public var minimumACU: Double
    public var maximumACU: Double
    /// 1 to 35.
    public var backupRetentionDays: Int
    public var deletionProtection: Bool
    public var parameterGroup: Input
    public var subnetGroup: Input
    public var securityGroup: Input

    public init(
        identifier: String, engineVersion: String, databaseName: String, masterUsername: String = "tickctl",
        minimumACU: Double, maximumACU: Double, backupRetentionDays: Int, deletionProtection: Bool,
        parameterGroup: Input, subnetGroup: Input, securityGroup: Input
    ) {
        self.identifier = identifier
        self.engineVersion = engineVersion
        self.databaseName = databaseName
        self.masterUsername = masterUsername
        self.minimumACU = minimumACU
        self.maximumACU = maximumACU
        self.backupRetentionDays = backupRetentionDays
        self.deletionProtection = deletionProtection
        self.parameterGroup = parameterGroup
        self.subnetGroup = subnetGroup
        self.securityGroup = securityGroup
    }

    /// What `DescribeDBClusters` says of it.
    public struct Observed: Sendable, Equatable {
        public var engineVersion: String
        public var databaseName: String
        public var minimumACU: Double
        public var maximumACU: Double
        public var backupRetentionDays: Int
        public var deletionProtection: Bool
        public var copyTagsToSnapshot: Bool
        public var isEncrypted: Bool
        public var parameterGroup: String
        public var subnetGroup: String
        public var securityGroups: Set<String>
        /// Another one for each cluster that ever had the identifier.
        public var resourceID: String
    }

    public var holdsData: Bool { true }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let cluster = try await Self.describe(identifier, scope) else { return nil }
        return observation(cluster, scope, owner: scope.tags.owner(of: cluster.tagList.byKey))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        try await EngineVersionCheck(engine: Self.engine, version: engineVersion).verify(scope)
        let cluster = try await scope.send(
            RDS.CreateDBCluster(
                dbClusterIdentifier: identifier, engine: Self.engine, engineVersion: engineVersion,
                databaseName: databaseName, masterUsername: masterUsername, manageMasterUserPassword: true, port: 5432,
                dbSubnetGroupName: try scope.value(subnetGroup),
                dbClusterParameterGroupName: try scope.value(parameterGroup),
                vpcSecurityGroupIds: [try scope.value(securityGroup)],
                serverlessV2ScalingConfiguration: .init(minCapacity: minimumACU, maxCapacity: maximumACU),
                backupRetentionPeriod: backupRetentionDays, storageEncrypted: true,
                deletionProtection: deletionProtection, copyTagsToSnapshot: true, tags: .init(scope.tags.all))
        ).dbCluster
        return observation(cluster, scope, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        // A newer minor version cannot be put back, and a major one is a migration of its own.
        list.compare(
            "engineVersion", observed: observed.engineVersion, desired: engineVersion,
            isImmutable: !EngineVersionCheck.isMinorUpgrade(from: observed.engineVersion, to: engineVersion))
        list.compare("databaseName", observed: observed.databaseName, desired: databaseName, isImmutable: true)
        list.compare("minimumACU", observed: observed.minimumACU, desired: minimumACU)
        list.compare("maximumACU", observed: observed.maximumACU, desired: maximumACU)
        list.compare("backupRetentionDays", observed: observed.backupRetentionDays, desired: backupRetentionDays)
        list.compare("deletionProtection", observed: observed.deletionProtection, desired: deletionProtection)
        list.compare("copyTagsToSnapshot", observed: observed.copyTagsToSnapshot, desired: true)
        list.compare("isEncrypted", observed: observed.isEncrypted, desired: true, isImmutable: true)
        list.compare("parameterGroup", observed: observed.parameterGroup, desired: parameterGroup, in: values)
        list.compare(
            "subnetGroup", observed: observed.subnetGroup, desired: subnetGroup, in: values, isImmutable: true)
        list.compare(
            "securityGroups", observed: observed.securityGroups,
            desired: Set([values.known(securityGroup) ?? Change.unknown]))
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        var call = RDS.ModifyDBCluster(dbClusterIdentifier: identifier)
        for setting in Set(changes.map { $0.setting.prefix { $0 != "[" } }) {
            switch setting {
            case "engineVersion":
                try await EngineVersionCheck(engine: Self.engine, version: engineVersion).verify(scope)
                call.engineVersion = engineVersion
            case "minimumACU", "maximumACU":
                call.serverlessV2ScalingConfiguration = .init(minCapacity: minimumACU, maxCapacity: maximumACU)
            case "backupRetentionDays": call.backupRetentionPeriod = backupRetentionDays
            case "deletionProtection": call.deletionProtection = deletionProtection
            case "copyTagsToSnapshot": call.copyTagsToSnapshot = true
            case "parameterGroup": call.dbClusterParameterGroupName = try scope.value(parameterGroup)
            case "securityGroups": call.vpcSecurityGroupIds = [try scope.value(securityGroup)]
            default: break
            }
        }
        let cluster = try await scope.send(call).dbCluster
        return observation(cluster, scope, owner: .ours)
    }

    /// Called again by the executor until the snapshot is available: only then is anything taken away.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        try await FinalSnapshot(cluster: identifier, resourceID: observed.resourceID).verify(scope)
        if observed.deletionProtection {
            var call = RDS.ModifyDBCluster(dbClusterIdentifier: identifier)
            call.deletionProtection = false
            _ = try await scope.send(call)
        }
        _ = try await scope.send(RDS.DeleteDBCluster(dbClusterIdentifier: identifier, skipFinalSnapshot: true))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "rds:AddTagsToResource", "rds:CreateDBCluster", "rds:CreateDBClusterSnapshot",
                    "rds:DeleteDBCluster",
                    "rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusters", "rds:ModifyDBCluster",
                ],
                on: Self.resources(at: place, identifier)),
            // DescribeDBEngineVersions has no resource-level permissions.
            Permission(["rds:DescribeDBEngineVersions"], on: ["*"]),
            // For the master password that RDS keeps: it makes the secret in the caller's name
            // (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html).
            Secret.creation(at: place),
            Permission(["kms:DescribeKey"], on: [place.arn("kms", "key/*")]),
        ]
    }

    /// ARNs of everything of this service that bears the stack's name, and of the cluster `identifier`, whose name may be
    /// chosen, with what is named after it. A create is authorised on the groups it uses too, named or not, and so on
    /// the engine's default option and parameter groups, which nobody can change
    /// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html).
    static func resources(at place: Place, _ identifier: String? = nil) -> Set<String> {
        var names = ["\(place.stack)-*"]
        if let identifier, !identifier.hasPrefix("\(place.stack)-") { names += [identifier, "\(identifier)-*"] }
        let own = ["cluster", "cluster-pg", "cluster-snapshot", "db", "subgrp"].flatMap { kind in
            names.map { place.arn("rds", "\(kind):\($0)") }
        }
        return Set(own).union([
            place.arn("rds", "og:default:\(engine)-*"), place.arn("rds", "pg:default.\(engine)*"),
        ])
    }

    /// The cluster of that name, by one call for all that ask at the same time; nil when there is none.
    static func describe(_ identifier: String, _ scope: Scope<AWSCloud>) async throws -> RDS.DBCluster? {
        let (cloud, region) = (scope.cloud, scope.region)
        return try await scope.shared("rds:DescribeDBClusters \(identifier)") {
            try await cloud.send(RDS.DescribeDBClusters(dbClusterIdentifier: identifier), region: region)
        }.dbClusters.first
    }

    private func observation(
        _ cluster: RDS.DBCluster, _ scope: Scope<AWSCloud>, owner: Owner
    ) -> Observation<Observed> {
        let arn = cluster.dbClusterArn ?? scope.arn("rds", "cluster:\(identifier)")
        var outputs = ["arn": arn, "identifier": identifier, "databaseName": databaseName]
        outputs["endpoint"] = cluster.endpoint
        outputs["readerEndpoint"] = cluster.readerEndpoint
        outputs["port"] = cluster.port.map(String.init)
        outputs["secretArn"] = cluster.masterUserSecret?.secretArn
        let scaling = cluster.serverlessV2ScalingConfiguration
        return Observation(
            Observed(
                engineVersion: cluster.engineVersion ?? "", databaseName: cluster.databaseName ?? "",
                minimumACU: scaling?.minCapacity ?? 0, maximumACU: scaling?.maxCapacity ?? 0,
                backupRetentionDays: cluster.backupRetentionPeriod ?? 0,
                deletionProtection: cluster.deletionProtection ?? false,
                copyTagsToSnapshot: cluster.copyTagsToSnapshot ?? false,
                isEncrypted: cluster.storageEncrypted ?? false, parameterGroup: cluster.dbClusterParameterGroup ?? "",
                subnetGroup: cluster.dbSubnetGroup ?? "",
                securityGroups: Set(cluster.vpcSecurityGroups.map(\.vpcSecurityGroupId)),
                resourceID: cluster.dbClusterResourceId ?? ""),
            identity: arn, outputs: outputs, owner: owner,
            state: DatabaseState.of(cluster.status, isComplete: outputs["secretArn"] != nil))
    }
}

extension Placed where R == AuroraCluster {
    public var arn: Input { output("arn") }
    public var identifier: Input { output("identifier") }
    /// Host of the writer.
    public var endpoint: Input { output("endpoint") }
    /// Host that spreads over the readers.
    public var readerEndpoint: Input { output("readerEndpoint") }
    public var port: Input { output("port") }
    /// ARN of the secret with the master user's name and password.
    public var secretArn: Input { output("secretArn") }
    public var databaseName: Input { output("databaseName") }
}
