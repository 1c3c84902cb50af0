public import AWSCore
internal import AWSServices
internal import Foundation

/// Workers as one-off ECS tasks, spread evenly over places: worker N runs in place N modulo their number.
public actor ECSWorkerTasks: WorkerTasks {
    /// Where tasks of a region run, and as what.
    public struct Place: Sendable {
        public var region: String
        public var cluster: String
        /// With the revision.
        public var definitionARN: String
        public var container: String
        public var vcpu: Double
        public var memoryGB: Double
        public var subnets: [String]
        public var securityGroups: [String]
        /// nil: the task's log is not in CloudWatch.
        public var log: Log?

        /// Where the tasks' last words are, in CloudWatch Logs.
        public struct Log: Sendable {
            public var group: String
            public var streamPrefix: String
        }

        /// Reads it: what the family's latest revision is, and where the service's tasks run.
        /// - Throws: `AWSError`; `LoadTestError` `worker` when one of them is not there.
        public init(client: AWSClient, region: String, cluster: String, family: String, service: String) async throws {
            let definition: ECS.TaskDefinition
            do {
                definition = try await client.send(
                    ECS.DescribeTaskDefinition(taskDefinition: family, include: []), region: region
                ).taskDefinition
            } catch let error as AWSError where error.code == "ClientException" {
                throw LoadTestError(
                    .worker, "there is no task definition \(family) in \(region)",
                    next: "run `tickctl up --step 04-taskdefs`")
            }
            let network = try await client.send(
                ECS.DescribeServices(cluster: cluster, services: [service], include: []), region: region
            ).services.first { $0.status == "ACTIVE" }?.networkConfiguration?.awsvpcConfiguration
            guard let network, !network.subnets.isEmpty else {
                throw LoadTestError(
                    .worker, "there is no service \(service) in \(region), whose network the tasks would use",
                    next: "run `tickctl up --step 05-services`")
            }
            guard let container = definition.containerDefinitions.first else {
                throw LoadTestError(
                    .worker, "the task definition \(family) in \(region) has no container",
                    next: "run `tickctl up --step 04-taskdefs --refresh`")
            }
            self.region = region
            self.cluster = cluster
            definitionARN = definition.taskDefinitionArn
            self.container = container.name
            vcpu = (definition.cpu.flatMap(Double.init) ?? 0) / 1024
            memoryGB = (definition.memory.flatMap(Double.init) ?? 0) / 1024
            subnets = network.subnets
            securityGroups = network.securityGroups
            let options = container.logConfiguration?.options ?? [:]
            if let group = options["awslogs-group"], let prefix = options["awslogs-stream-prefix"] {
                log = Log(group: group, streamPrefix: prefix)
            }
        }

        /// "ticket-load:3"
        public var revision: String { definitionARN.split(separator: "/").last.map(String.init) ?? definitionARN }
    }

    private struct Started {
        var arn: String
        /// STOPPED and what comes before it; nil: not told yet.
        var task: ECS.Task?

        var isEnding: Bool {
            ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"].contains(task?.lastStatus ?? "")
        }
    }

    /// How old the knowledge of a region's tasks can be, and ECS's limit of one call.
    private static let look: Duration = .seconds(4)
    private static let page = 100
    private static let attempts = 3
    private static let lines = 5

    private let client: AWSClient
    private let places: [Place]
    private let runID: String
    private let tags: [String: String]
    private let command: @Sendable (Int) -> [String]
    private let time: TimeSource
    private var started: [Int: Started] = [:]
    private var looked: [String: Duration] = [:]
    /// That tasks may not be looked at; what else goes wrong with a look is made up by the next.
    private var blindness: LoadTestError?

    /// - Parameters:
    ///   - places: at least one.
    ///   - command: the program's arguments for a worker.
    public init(
        client: AWSClient, places: [Place], runID: String, tags: [String: String], time: TimeSource = .system,
        command: @escaping @Sendable (Int) -> [String]
    ) {
        precondition(!places.isEmpty, "tasks run somewhere")
        self.client = client
        self.places = places
        self.runID = runID
        self.tags = tags
        self.time = time
        self.command = command
    }

    private func place(of worker: Int) -> Place { places[worker % places.count] }

    /// One call a worker, because each has arguments of its own; its token keeps a repeated call from starting a second
    /// task (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html).
    public func start(_ worker: Int) async throws {
        let place = place(of: worker)
        let call = ECS.RunTask(
            cluster: place.cluster, taskDefinition: place.definitionARN, launchType: "FARGATE",
            networkConfiguration: .init(
                awsvpcConfiguration: .init(
                    subnets: place.subnets, securityGroups: place.securityGroups, assignPublicIp: "DISABLED")),
            overrides: .init(containerOverrides: [.init(name: place.container, command: command(worker))]),
            startedBy: "tickctl-load-\(runID)", clientToken: "tickctl-load-\(runID)-\(worker)",
            tags: tags.sorted { $0.key < $1.key }.map { ECS.Tag(key: $0.key, value: $0.value) })
        var attempt = 1
        while true {
            do {
                let answer = try await client.send(call, region: place.region)
                if let task = answer.tasks.first {
                    started[worker] = Started(arn: task.taskArn)
                    return
                }
                throw refusal(worker, answer.failures.first?.reason ?? "ECS gives no reason")
            } catch let error as AWSError where error.isAnswerLost && attempt < Self.attempts {
                attempt += 1
            } catch let error as AWSError {
                throw refusal(worker, "\(error)")
            }
        }
    }

    public func end(of worker: Int) async -> LoadTestError? {
        guard started[worker] != nil else { return nil }
        await refresh(place(of: worker))
        if let blindness { return blindness }
        guard let known = started[worker], let task = known.task, task.lastStatus == "STOPPED" else { return nil }
        let place = place(of: worker)
        let facts =
            [task.stoppedReason].compactMap(\.self)
            + task.containers.compactMap { container in
                let facts = [container.exitCode.map { "exit code \($0)" }, container.reason].compactMap(\.self)
                return facts.isEmpty ? nil : facts.joined(separator: ", ")
            }
        var message = "worker \(worker + 1)'s task \(Self.name(known.arn)) in \(place.region) ended: "
        message += facts.isEmpty ? "ECS gives no reason" : facts.joined(separator: "; ")
        guard let log = place.log else { return LoadTestError(.worker, message, next: "run it again") }
        let stream = "\(log.streamPrefix)/\(place.container)/\(Self.name(known.arn))"
        do {
            let last = try await client.send(
                Logs.GetLogEvents(logGroupName: log.group, logStreamName: stream, limit: Self.lines),
                region: place.region
            ).events.compactMap(\.message)
            message += last.isEmpty ? "" : "; its last words:\n" + last.joined(separator: "\n") + "\n"
        } catch let error as AWSError where error.isDenial {
            message += "; \(error)"
        } catch {}
        return LoadTestError(
            .worker, message,
            next: "its log: aws logs tail \(log.group) --log-stream-names \(stream) --region \(place.region)")
    }

    public func stop(_ worker: Int) async -> LoadTestError? {
        guard started[worker] != nil else { return nil }
        let place = place(of: worker)
        await refresh(place)
        guard let known = started[worker], !known.isEnding else { return nil }
        do {
            _ = try await client.send(
                ECS.StopTask(cluster: place.cluster, task: known.arn, reason: "tickctl: the load test has ended"),
                region: place.region)
            return nil
        } catch {
            return LoadTestError(
                .worker, "worker \(worker + 1)'s task cannot be stopped: \(error)",
                next: "it ends by itself within minutes; or: aws ecs stop-task --cluster \(place.cluster) "
                    + "--task \(known.arn) --region \(place.region)")
        }
    }

    /// One look serves all workers of a region.
    private func refresh(_ place: Place) async {
        let now = time.uptime()
        if let last = looked[place.region], now - last < Self.look { return }
        looked[place.region] = now
        let going = started.filter {
            self.place(of: $0.key).region == place.region && $0.value.task?.lastStatus != "STOPPED"
        }
        let workers = Dictionary(going.map { ($0.value.arn, $0.key) }) { first, _ in first }
        let arns = workers.keys.sorted()
        for begin in stride(from: 0, to: arns.count, by: Self.page) {
            let page = Array(arns[begin..<min(begin + Self.page, arns.count)])
            do {
                let answer = try await client.send(
                    ECS.DescribeTasks(cluster: place.cluster, tasks: page, include: []), region: place.region)
                for task in answer.tasks {
                    if let worker = workers[task.taskArn] { started[worker]?.task = task }
                }
            } catch let error as AWSError where error.isDenial {
                blindness = LoadTestError(
                    .worker, "the tasks cannot be watched: \(error)", next: "see `tickctl iam policy --for load`")
            } catch {}
        }
    }

    private func refusal(_ worker: Int, _ reason: String) -> LoadTestError {
        LoadTestError(
            .worker, "worker \(worker + 1)'s task cannot be started in \(place(of: worker).region): \(reason)",
            next: "take fewer --workers, or see `tickctl iam policy --for load` and the region's Fargate quota")
    }

    private static func name(_ arn: String) -> String { arn.split(separator: "/").last.map(String.init) ?? arn }
}

extension AWSError {
    /// Whoever signed may not do this, now or later.
    var isDenial: Bool { code.hasPrefix("AccessDenied") }
}
