public import AWSResources
public import Provisioning
import Ticketing

/// Step 08: schema and seeds.
///
/// With `DATABASE_URL` there is one database, so the step stands in the primary region only.
public struct DatabaseStep {
    public static let id: StepID = "08-db-init"

    public init(
        addingTo graph: inout Graph<AWSCloud>, stack: Stack, region: Stack.Region, context: StackContext,
        network: NetworkStep, cluster: ClusterStep, dataPlane: DataPlaneStep, definitions: TaskDefinitionsStep
    ) throws {
        if context.hasDatabaseURL {
            guard region.name == stack.regions.first?.name else { return }
            _ = try graph.add(
                "migrations", in: region.name, step: Self.id, DirectMigration(checksum: context.migrationsChecksum))
            return
        }
        // The worker's task signs in to the writer already; only its command is another one here.
        guard let definition = definitions.taskDefinitions[.worker], let logs = cluster.logGroups[.worker] else {
            preconditionFailure("the worker has a task definition and a log group")
        }
        _ = try graph.add(
            "migrations", in: region.name, step: Self.id,
            MigrationTask(
                database: stack.auroraClusterName, databaseARN: dataPlane.aurora.arn, cluster: cluster.cluster.name,
                taskDefinition: definition.arn, container: Role.worker.rawValue, command: ["db", "migrate"],
                subnets: network.privateSubnets.map { $0.output("id") },
                securityGroup: network.ecsGroup.output("id"), logGroup: logs.name, logStreamPrefix: "ecs",
                checksum: context.migrationsChecksum),
            after: network.egressReady + dataPlane.auroraReady)
    }
}
