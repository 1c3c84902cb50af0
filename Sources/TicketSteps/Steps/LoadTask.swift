import AWSResources
import Provisioning
import Ticketing

/// The container of a load generator: the services' own program, so that what measures them speaks their contract.
///
/// No service runs it: `tickctl load run` starts tasks and gives each the place of its order with the command. A `deploy`
/// leaves it: the generator is of the version of the last `up`.
struct LoadTask {
    let stack: Stack
    let region: Stack.Region
    /// By digest.
    let image: Input
    let logGroup: Input
    /// Buyers report their payments as the provider does.
    let webhookSecret: Input

    var container: TaskDefinition.Container {
        TaskDefinition.Container(
            name: Stack.loadContainerName, image: image, cpu: stack.load.cpu, memoryMiB: stack.load.memoryMiB,
            command: ["load", "worker"],
            // Histories of purchases are written to the one folder that can be; the image declares the volume, so it is
            // this user's.
            environment: ["AWS_REGION": .value(region.name), "TMPDIR": .value(TaskBuilder.home)],
            secrets: ["LOAD_WEBHOOK_SECRET": webhookSecret],
            user: TaskBuilder.user, stopTimeoutSeconds: stack.tasks.stopTimeoutSeconds,
            log: .init(group: logGroup, region: region.name, streamPrefix: "ecs"), openFiles: TaskBuilder.openFiles,
            writableFolder: .init(volume: "home", path: TaskBuilder.home))
    }
}
