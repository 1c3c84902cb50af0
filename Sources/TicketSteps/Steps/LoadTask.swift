import AWSResources
import Provisioning
import Ticketing

/// The container of a load generator: the services' own program, so that what measures them speaks their contract.
///
/// No service runs it: `tickctl load run` starts tasks and gives each its order in place of the command here. A `deploy`
/// leaves it: the generator is of the version of the last `up`.
struct LoadTask {
    let stack: Stack
    let region: Stack.Region
    let account: String
    /// By digest.
    let image: Input
    let logGroup: Input
    /// Buyers report their payments as the provider does.
    let webhookSecret: Input

    var container: TaskDefinition.Container {
        TaskDefinition.Container(
            name: Stack.loadContainerName, image: image, cpu: stack.load.cpu, memoryMiB: stack.load.memoryMiB,
            command: [
                "load", "worker", "--bucket", stack.loadBucketName(account: account), "--bucket-region",
                stack.regions[0].name,
            ],
            environment: ["AWS_REGION": .value(region.name)], secrets: ["LOAD_WEBHOOK_SECRET": webhookSecret],
            user: TaskBuilder.user, stopTimeoutSeconds: stack.tasks.stopTimeoutSeconds,
            log: .init(group: logGroup, region: region.name, streamPrefix: "ecs"), openFiles: TaskBuilder.openFiles,
            // Histories of purchases; the image declares the volume, so it is this user's.
            writableFolder: .init(volume: "home", path: TaskBuilder.home))
    }
}
