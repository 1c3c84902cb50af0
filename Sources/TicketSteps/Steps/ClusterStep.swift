public import AWSResources
public import Provisioning
public import Ticketing

/// The regional half of step 02: the cluster, a log group a role and one for load generators, and in the primary region
/// their bucket.
///
/// The bucket stands here and not with the data of step 03: its results are copies of what `load run` reports, so `down`
/// takes it as it takes the logs.
public struct ClusterStep: Sendable {
    public static let id: StepID = AccessStep.id

    public let cluster: Placed<ECSCluster>
    public let logGroups: [Role: Placed<LogGroup>]
    public let loadLogGroup: Placed<LogGroup>
    /// Only in the primary region.
    public let loadBucket: Placed<Bucket>?

    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, context: StackContext,
        access: AccessStep
    ) throws {
        cluster = try graph.add(
            "cluster", in: region.name, step: Self.id,
            ECSCluster(
                name: stack.clusterName, capacityProviders: ["FARGATE", "FARGATE_SPOT"],
                defaultStrategy: [CapacityProvider("FARGATE", weight: 1)], hasContainerInsights: true),
            after: access.serviceLinkedRoles)
        var logGroups: [Role: Placed<LogGroup>] = [:]
        for role in Role.allCases {
            logGroups[role] = try graph.add(
                "logs-\(role.rawValue)", in: region.name, step: Self.id,
                LogGroup(
                    name: stack.logGroupName(role), listedBy: stack.logGroupPrefix,
                    retentionDays: stack.cluster.logRetentionDays))
        }
        self.logGroups = logGroups
        loadLogGroup = try graph.add(
            "logs-load", in: region.name, step: Self.id,
            LogGroup(
                name: stack.loadLogGroupName, listedBy: stack.logGroupPrefix,
                retentionDays: stack.cluster.logRetentionDays))
        loadBucket =
            region.name == stack.regions[0].name
            ? try graph.add(
                "bucket-load", in: region.name, step: Self.id,
                Bucket(
                    name: stack.loadBucketName(account: context.account), prefix: Stack.loadPrefix,
                    expirationDays: stack.load.resultsDays)) : nil
    }
}
