public import AWSResources
public import Provisioning
public import Ticketing

/// The regional half of step 02: the cluster, and a log group a role.
public struct ClusterStep: Sendable {
    public static let id: StepID = AccessStep.id

    public let cluster: Placed<ECSCluster>
    public let logGroups: [Role: Placed<LogGroup>]

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
    }
}
