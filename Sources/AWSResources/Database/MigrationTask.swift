import AWSCore
import AWSServices
import OpenSSLCrypto
public import Provisioning

/// Migrations and seeds of the Aurora database, by a one-off task inside the VPC; its exit code is obeyed.
///
/// The evidence that it ran is a tag of the cluster, set after exit code 0. Between the start of a task and that tag the
/// task is known by what started it, so that a run after a kill waits for it instead of starting a second one; two at
/// once apply once all the same, since a migration holds a lock of the database.
public struct MigrationTask: AWSResource {
    public static let type = "ecs:task"
    public static let explanation = """
        Runs `tickctl db migrate` once as an ECS task in the private subnets, where the database can be reached. Costs a \
        minute of one task. Taking this step down only forgets that it ran; running it again changes nothing.
        """
    public static let waiting = Waiting(maximumDelay: .seconds(5), deadline: .seconds(1800))
    /// The tag of the cluster with the checksum of what was applied.
    public static let evidence = "tickctl:migrated"

    /// The Aurora cluster's identifier.
    public var database: String
    public var databaseARN: Input
    public var cluster: Input
    public var taskDefinition: Input
    public var container: String
    /// Arguments of the program.
    public var command: [String]
    public var subnets: [Input]
    public var securityGroup: Input
    public var logGroup: Input
    public var logStreamPrefix: String
    /// Over all migrations and seeds: hex digits.
    public var checksum: String

    public init(
        database: String, databaseARN: Input, cluster: Input, taskDefinition: Input, container: String,
        command: [String], subnets: [Input], securityGroup: Input, logGroup: Input, logStreamPrefix: String,
        checksum: String
    ) {
        self.database = database
        self.databaseARN = databaseARN
        self.cluster = cluster
        self.taskDefinition = taskDefinition
        self.container = container
        self.command = command
        self.subnets = subnets
        self.securityGroup = securityGroup
        self.logGroup = logGroup
        self.logStreamPrefix = logStreamPrefix
        self.checksum = checksum
    }

    /// What a tag of the cluster says that the last task to succeed has left.
    public struct Observed: Sendable, Equatable {
        /// Of what was applied.
        public var checksum: String
        public var databaseARN: String
    }

    public func read(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed>? {
        guard let arn = scope.known(databaseARN), let cluster = try await AuroraCluster.describe(database, scope),
            let checksum = cluster.tagList.byKey[Self.evidence]
        else { return nil }
        return observation(checksum, arn)
    }

    public func create(_ scope: Scope<AWSCloud>) async throws -> Observation<Observed> {
        let arn = try scope.value(databaseARN)
        guard let described = try await AuroraCluster.describe(database, scope),
            let resourceID = described.dbClusterResourceId
        else { throw NotYet("the cluster \(database) is not listed yet") }
        // From where to where, in which cluster: one of the old name is empty, and a task that once brought another
        // state here says nothing about this one.
        let from = described.tagList.byKey[Self.evidence] ?? "nothing"
        let startedBy = "tickctl-db-" + SHA256.hex("\(resourceID) \(from) \(checksum)").prefix(24)
        let tasks = try await tasks(startedBy: startedBy, scope)
        if let task = tasks.first(where: { $0.lastStatus != "STOPPED" }) {
            let line = try await log(of: task, lines: 1, scope).first.map { ": \($0)" } ?? ""
            throw NotYet("the migration task \(Self.name(task)) is \(task.lastStatus ?? "starting")\(line)")
        }
        if let task = tasks.first(where: { exitCode(of: $0) == 0 }) {
            // Between two looks a task may log much, and end: its lines are read again when no more can come.
            let lines = try await log(of: task, lines: 100, scope)
            _ = try await scope.send(
                RDS.AddTagsToResource(resourceName: arn, tags: [.init(key: Self.evidence, value: checksum)]))
            return observation(checksum, arn, remarks: lines)
        }
        // One that failed before this run is history; one of this run ends it.
        if let task = tasks.first(where: { $0.tags.byKey[Self.runKey] == RunID.current }) {
            throw try await failure(of: task, scope)
        }
        try await start(startedBy: startedBy, scope)
        throw NotYet("the migration task was started")
    }

    public func changes(from observed: Observed, _ values: Values) -> [Change] {
        var list = ChangeList()
        list.compare("schema", observed: observed.checksum, desired: checksum)
        return list.changes
    }

    public func update(
        _ observed: Observed, _ changes: [Change], _ scope: Scope<AWSCloud>
    ) async throws -> Observation<Observed>? {
        try await create(scope)
    }

    /// Forgets that it ran; the schema stays.
    public func delete(_ observed: Observed, _ scope: Scope<AWSCloud>) async throws {
        _ = try await scope.send(
            RDS.RemoveTagsFromResource(resourceName: observed.databaseARN, tagKeys: [Self.evidence]))
    }

    public func permissions(at place: Place) -> [Permission] {
        [
            Permission(["ecs:RunTask"], on: ContainerPermissions.resources(at: place)),
            Permission(["ecs:DescribeTasks", "ecs:TagResource"], on: [place.arn("ecs", "task/\(place.stack)/*")]),
            // ListTasks is authorised on container instances, of which Fargate has none.
            Permission(["ecs:ListTasks"], on: ["*"]),
            Permission(
                ["iam:PassRole"], on: [place.arn("iam", "role/\(place.stack)-*", global: true)],
                conditions: ["StringEquals": ["iam:PassedToService": ["ecs-tasks.amazonaws.com"]]]),
            Permission(
                ["logs:GetLogEvents"], on: [place.arn("logs", "log-group:/ecs/\(place.stack)-*:log-stream:*")]),
            Permission(
                ["rds:AddTagsToResource", "rds:DescribeDBClusters", "rds:RemoveTagsFromResource"],
                on: AuroraCluster.resources(at: place, database)),
        ]
    }

    private static let runKey = "tickctl:run"

    /// Those that have not stopped, or else those that stopped within the last hour or so.
    private func tasks(startedBy: String, _ scope: Scope<AWSCloud>) async throws -> [ECS.Task] {
        let cluster = try scope.value(cluster)
        for status in ["RUNNING", "STOPPED"] {
            let list = ECS.ListTasks(cluster: cluster, startedBy: startedBy, desiredStatus: status)
            let arns = try await scope.cloud.client.all(list, region: scope.region) { $0.taskArns }
            guard !arns.isEmpty else { continue }
            return try await scope.send(ECS.DescribeTasks(cluster: cluster, tasks: Array(arns.prefix(100)))).tasks
        }
        return []
    }

    private func start(startedBy: String, _ scope: Scope<AWSCloud>) async throws {
        let answer = try await scope.send(
            ECS.RunTask(
                cluster: try scope.value(cluster), taskDefinition: try scope.value(taskDefinition),
                launchType: "FARGATE",
                networkConfiguration: .init(
                    awsvpcConfiguration: .init(
                        subnets: try subnets.map(scope.value), securityGroups: [try scope.value(securityGroup)],
                        assignPublicIp: "DISABLED")),
                overrides: .init(containerOverrides: [.init(name: container, command: command)]), startedBy: startedBy,
                // Another one in the next run, which may have to start what failed in this one.
                clientToken: String(SHA256.hex("\(startedBy) \(RunID.current)").prefix(32)),
                tags: .init(scope.tags.all.merging([Self.runKey: RunID.current]) { $1 })))
        if answer.tasks.isEmpty, let failure = answer.failures.first {
            throw ProvisioningError(
                .failed, "the migration task could not be started: \(failure.reason ?? "no reason given")",
                next: "run `tickctl up --step 08-db-init` again")
        }
    }

    private func failure(of task: ECS.Task, _ scope: Scope<AWSCloud>) async throws -> ProvisioningError {
        let why =
            exitCode(of: task).map { "exit code \($0)" } ?? task.containers.compactMap(\.reason).first
            ?? task.stoppedReason ?? "it never started"
        let lines = try await log(of: task, lines: 20, scope)
        let group = try scope.value(logGroup)
        return ProvisioningError(
            .failed,
            "the migration task \(Self.name(task)) failed: \(why)"
                + (lines.isEmpty ? "; it logged nothing" : "; its last lines:\n" + lines.joined(separator: "\n")),
            next: "the whole log is in \(group), stream \(stream(of: task)); then run `tickctl up --step 08-db-init`")
    }

    /// The last lines that a task logged, in their order; none when it has no log yet.
    private func log(of task: ECS.Task, lines: Int, _ scope: Scope<AWSCloud>) async throws -> [String] {
        do {
            return try await scope.send(
                Logs.GetLogEvents(
                    logGroupName: try scope.value(logGroup), logStreamName: stream(of: task), limit: lines)
            ).events.compactMap(\.message)
        } catch let error as AWSError where error.code == "ResourceNotFoundException" {
            return []
        }
    }

    /// PREFIX/CONTAINER/TASK (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html).
    private func stream(of task: ECS.Task) -> String { "\(logStreamPrefix)/\(container)/\(Self.name(task))" }

    private static func name(_ task: ECS.Task) -> String {
        task.taskArn.split(separator: "/").last.map(String.init) ?? task.taskArn
    }

    private func exitCode(of task: ECS.Task) -> Int? {
        task.containers.first { $0.name == container }?.exitCode
    }

    /// A schema has no tags of its own: it is ours as its cluster is.
    private func observation(_ checksum: String, _ arn: String, remarks: [String] = []) -> Observation<Observed> {
        Observation(
            Observed(checksum: checksum, databaseARN: arn), identity: arn, owner: .inherited, remarks: remarks)
    }
}
