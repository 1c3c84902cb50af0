import AWSResources
import Provisioning
import Ticketing

/// Turns a role's declaration into the containers of its task.
struct TaskBuilder {
    let declaration: RoleDeclaration
    let stack: Stack
    let region: Stack.Region
    /// By digest.
    let image: Input
    let logGroup: Input
    let dataPlane: DataPlaneStep

    /// Where the image has the program, and the user that it is made for.
    private static let program = "/usr/local/bin/tickctl"
    static let user = "65532:65532"
    /// That user's, and where the program runs.
    static let home = "/home/tickctl"
    static let openFiles = 65536

    /// The X-Ray daemon (https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon-ecs.html).
    private enum Daemon {
        static let image: Input = "public.ecr.aws/xray/aws-xray-daemon:3.x"
        static let cpu = 32
        static let memoryMiB = 256
        static let port = 2000
    }

    var containers: [TaskDefinition.Container] {
        stack.tasks.tracing ? [program, daemon] : [program]
    }

    private var program: TaskDefinition.Container {
        TaskDefinition.Container(
            name: declaration.role.rawValue, image: image,
            cpu: stack.tasks.cpu - (stack.tasks.tracing ? Daemon.cpu : 0),
            memoryMiB: stack.tasks.memoryMiB - (stack.tasks.tracing ? Daemon.memoryMiB : 0),
            command: declaration.command, environment: environment,
            secrets: Dictionary(
                uniqueKeysWithValues: declaration.secrets.map { ($0.name, secret($0.resource)) }),
            port: declaration.port.map { .init($0) }, user: Self.user,
            stopTimeoutSeconds: stack.tasks.stopTimeoutSeconds, healthCheck: healthCheck, log: log(prefix: "ecs"),
            openFiles: Self.openFiles)
    }

    private var daemon: TaskDefinition.Container {
        TaskDefinition.Container(
            name: "xray", image: Daemon.image, cpu: Daemon.cpu, memoryMiB: Daemon.memoryMiB, isEssential: false,
            port: .init(Daemon.port, transport: "udp"), log: log(prefix: "xray"))
    }

    /// Liveness, not readiness: ECS kills what is unhealthy, and a task that waits for a backend must live. Whether
    /// requests are sent to it is the target group's question.
    private var healthCheck: TaskDefinition.HealthCheck {
        let (port, path) =
            if let port = declaration.port, let path = declaration.healthPath {
                (port, path)
            } else {
                (declaration.metricsPort, "/metrics")
            }
        return .init(command: [Self.program, "health", "--port", String(port), "--path", path])
    }

    private func log(prefix: String) -> TaskDefinition.Log {
        .init(group: logGroup, region: region.name, streamPrefix: prefix)
    }

    /// What the role declares, then what the stack's file adds or sets otherwise.
    private var environment: [String: Input] {
        var environment: [String: Input] = [:]
        for variable in declaration.environment { environment[variable.name] = value(of: variable.source) }
        for (name, value) in stack.tasks.environment { environment[name] = .value(value) }
        return environment
    }

    /// nil: the role's own default.
    private func value(of source: RoleDeclaration.Source) -> Input? {
        switch source {
        case .unset: nil
        case .literal(let text): .value(text)
        case .region: .value(region.name)
        case .seatLockTableName: dataPlane.seatTable.name
        case .commitQueueURL: dataPlane.queue.url
        case .redisURL: "rediss://\(dataPlane.redis.endpoint):\(dataPlane.redis.port)"
        case .databaseWriterHost: dataPlane.aurora.endpoint
        case .databaseReaderHost: dataPlane.aurora.readerEndpoint
        case .databasePort: dataPlane.aurora.port
        case .databaseName: .value(stack.aurora.database)
        case .databaseSecretARN: dataPlane.aurora.secretArn
        }
    }

    private func secret(_ resource: RoleDeclaration.Resource) -> Input {
        switch resource {
        case .roomKeySecret: dataPlane.roomKeySecret.arn
        case .webhookSecret: dataPlane.webhookSecret.arn
        case .redisSecret: dataPlane.redisAuthSecret.arn
        case .databaseSecret: dataPlane.aurora.secretArn
        case .seatLockTable, .unsentCommitIndex, .commitQueue, .any:
            preconditionFailure("\(resource) is no secret")
        }
    }
}
