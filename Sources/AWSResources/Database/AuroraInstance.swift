import AWSCore
import AWSServices
public import Provisioning

/// A member of an Aurora cluster, Serverless v2, with Performance Insights.
public struct AuroraInstance: AWSResource {
    public static let type = "rds:db"
    public static let explanation = """
        Answers queries of the Aurora cluster: the first one made writes, the others read and take over when it fails. \
        Costs by the capacity unit and hour. Takes 5 to 15 minutes to make.
        """
    public static let waiting = Waiting(maximumDelay: .seconds(15), deadline: .seconds(2400), watchesDeletion: true)

    public var identifier: String
    public var cluster: Input
    /// 0 to 15, 0 takes over first.
    public var promotionTier: Int

    public init(identifier: String, cluster: Input, promotionTier: Int) {
        self.identifier = identifier
        self.cluster = cluster
        self.promotionTier = promotionTier
    }

    private static let instanceClass = "db.serverless"

    /// What `DescribeDBInstances` says of it.
    public struct Observed: Sendable, Equatable {
        public var cluster: String
        public var instanceClass: String
        public var promotionTier: Int
        public var performanceInsights: Bool
        public var autoMinorVersionUpgrade: Bool
        public var publiclyAccessible: Bool
    }

    public var holdsData: Bool { true }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let cluster = scope.known(cluster) else { return nil }
        let (client, region) = (scope.cloud.client, scope.region)
        let members = try await scope.shared("rds:DescribeDBInstances \(cluster)") {
            try await client.all(
                RDS.DescribeDBInstances(filters: [.init(name: "db-cluster-id", values: [cluster])]), region: region
            ) { $0.dbInstances }
        }
        guard let instance = members.first(where: { $0.dbInstanceIdentifier == identifier }) else { return nil }
        return observation(instance, scope, owner: scope.tags.owner(of: instance.tagList.byKey))
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let instance = try await scope.send(
            RDS.CreateDBInstance(
                dbInstanceIdentifier: identifier, dbClusterIdentifier: try scope.value(cluster),
                dbInstanceClass: Self.instanceClass, engine: AuroraCluster.engine, promotionTier: promotionTier,
                enablePerformanceInsights: true,
                // The stack file names the version; an upgrade by itself would be drift.
                autoMinorVersionUpgrade: false, publiclyAccessible: false, tags: .init(scope.tags.all))
        ).dbInstance
        return observation(instance, scope, owner: .ours)
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("cluster", observed: observed.cluster, desired: cluster, in: values, isImmutable: true)
        list.compare("instanceClass", observed: observed.instanceClass, desired: Self.instanceClass)
        list.compare("promotionTier", observed: observed.promotionTier, desired: promotionTier)
        list.compare("performanceInsights", observed: observed.performanceInsights, desired: true)
        list.compare("autoMinorVersionUpgrade", observed: observed.autoMinorVersionUpgrade, desired: false)
        list.compare("publiclyAccessible", observed: observed.publiclyAccessible, desired: false)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        var call = RDS.ModifyDBInstance(dbInstanceIdentifier: identifier)
        for change in changes {
            switch change.setting {
            case "instanceClass": call.dbInstanceClass = Self.instanceClass
            case "promotionTier": call.promotionTier = promotionTier
            case "performanceInsights": call.enablePerformanceInsights = true
            case "autoMinorVersionUpgrade": call.autoMinorVersionUpgrade = false
            case "publiclyAccessible": call.publiclyAccessible = false
            default: break
            }
        }
        let instance = try await scope.send(call).dbInstance
        return observation(instance, scope, owner: .ours)
    }

    /// A member has no storage of its own: the cluster's snapshot holds everything.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(RDS.DeleteDBInstance(dbInstanceIdentifier: identifier, skipFinalSnapshot: true))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(
                [
                    "rds:AddTagsToResource", "rds:CreateDBInstance", "rds:DeleteDBInstance", "rds:ModifyDBInstance",
                ],
                on: AuroraCluster.resources(at: place, identifier)),
            // Filtered by cluster, DescribeDBInstances is authorised on every instance.
            Permission(["rds:DescribeDBInstances"], on: ["*"]),
        ]
    }

    private func observation(
        _ instance: RDS.DBInstance, _ scope: Scope<AWSCloud>, owner: Owner
    ) -> Observation<Observed> {
        Observation(
            Observed(
                cluster: instance.dbClusterIdentifier ?? "", instanceClass: instance.dbInstanceClass ?? "",
                promotionTier: instance.promotionTier ?? 1,
                performanceInsights: instance.performanceInsightsEnabled ?? false,
                autoMinorVersionUpgrade: instance.autoMinorVersionUpgrade ?? true,
                publiclyAccessible: instance.publiclyAccessible ?? false),
            identity: instance.dbInstanceArn ?? scope.arn("rds", "db:\(identifier)"),
            outputs: ["identifier": identifier], owner: owner, state: DatabaseState.of(instance.dbInstanceStatus))
    }
}

extension Placed where R == AuroraInstance {
    public var identifier: Input { output("identifier") }
}
