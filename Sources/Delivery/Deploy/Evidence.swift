import AWSCore
import AWSServices
import Foundation

/// Gathers a black box. Whatever cannot be asked for leaves a gap and stops nothing.
struct Evidence: Sendable {
    let client: AWSClient
    /// Names, by region.
    let alarms: [String: [String]]

    static let lineLimit = 200
    static let taskLimit = 20
    static let eventLimit = 30
    /// Tasks that are looked at, and how many a call takes.
    static let lookLimit = 1_000
    static let atOnce = 100
    /// Streams that are read for one service.
    static let streamLimit = 3

    func gather(_ record: ReleaseRecord, wave: Int, reason: String) async -> BlackBox {
        var box = BlackBox(
            release: record.id, operation: record.operation.rawValue, wave: wave, reason: Redaction.redacted(reason),
            by: record.by, since: record.since, at: client.configuration.time.date(), services: [], alarms: [],
            gaps: [])
        box.services = await withTaskGroup(of: BlackBox.Service.self) { group in
            for move in record.moves where move.isChange { group.addTask { await service(move) } }
            return await group.reduce(into: []) { $0.append($1) }.sorted {
                ($0.region, $0.service) < ($1.region, $1.service)
            }
        }
        for region in alarms.keys.sorted() {
            await attempt("the alarms of \(region)", &box.gaps) {
                box.alarms += try await client.all(
                    CloudWatch.DescribeAlarms(alarmNames: Array((alarms[region] ?? []).prefix(100))), region: region
                ) { $0.metricAlarms }.map {
                    BlackBox.Alarm(
                        region: region, name: $0.alarmName, state: $0.stateValue ?? "unknown", reason: $0.stateReason)
                }
            }
        }
        return box
    }

    private func service(_ move: Move) async -> BlackBox.Service {
        let target = move.target
        var found = BlackBox.Service(
            region: target.region, service: target.service, from: ReleaseEvent.short(move.from),
            to: ReleaseEvent.short(move.to))
        var groups: [String] = []
        await attempt("the service", &found.gaps) {
            let answer = try await client.send(
                ECS.DescribeServices(cluster: target.cluster, services: [target.service]), region: target.region)
            guard let service = answer.services.first else { return }
            groups = service.loadBalancers.compactMap(\.targetGroupArn)
            found.events = service.events.prefix(Self.eventLimit).map {
                BlackBox.Event(time: $0.createdAt, message: Redaction.redacted($0.message ?? ""))
            }
        }
        for group in groups {
            await attempt("the targets' health", &found.gaps) {
                found.targets += try await client.send(
                    ELBv2.DescribeTargetHealth(targetGroupArn: group), region: target.region
                ).targetHealthDescriptions.map {
                    BlackBox.TargetState(
                        target: "\($0.target?.id ?? "?"):\($0.target?.port ?? 0)",
                        state: $0.targetHealth?.state ?? "unknown",
                        reason: $0.targetHealth?.description ?? $0.targetHealth?.reason)
                }
            }
        }
        var tasks: [ECS.Task] = []
        await attempt("the stopped tasks", &found.gaps) {
            tasks = try await self.tasks(target, "STOPPED", of: move.to)
        }
        found.stoppedTasks = tasks.map(Self.stopped)
        if tasks.isEmpty {
            await attempt("the running tasks", &found.gaps) {
                tasks = try await self.tasks(target, "RUNNING", of: move.to)
            }
        }
        await attempt("the log", &found.gaps) {
            found.logLines = try await lines(of: tasks, revision: move.to, target)
        }
        return found
    }

    /// Of the released revision: those of the one before it stop in every release.
    private func tasks(_ target: ReleaseTarget, _ status: String, of revision: String) async throws -> [ECS.Task] {
        let arns = try await client.all(
            ECS.ListTasks(cluster: target.cluster, serviceName: target.service, desiredStatus: status),
            region: target.region
        ) { $0.taskArns }
        var found: [ECS.Task] = []
        for start in stride(from: 0, to: min(arns.count, Self.lookLimit), by: Self.atOnce) {
            found += try await client.send(
                ECS.DescribeTasks(
                    cluster: target.cluster, tasks: Array(arns[start..<min(start + Self.atOnce, arns.count)]),
                    include: []), region: target.region
            ).tasks.filter { $0.taskDefinitionArn == revision }
        }
        return Array(
            found.sorted { ($0.stoppedAt ?? .distantPast) > ($1.stoppedAt ?? .distantPast) }.prefix(Self.taskLimit))
    }

    private static func stopped(_ task: ECS.Task) -> BlackBox.StoppedTask {
        BlackBox.StoppedTask(
            task: ReleaseEvent.short(task.taskArn), revision: task.taskDefinitionArn.map(ReleaseEvent.short),
            code: task.stopCode, reason: task.stoppedReason.map(Redaction.redacted),
            containers: task.containers.map { container in
                let facts = [container.exitCode.map { "exit code \($0)" }, container.reason.map(Redaction.redacted)]
                return "\(container.name ?? "?"): \(facts.compactMap { $0 }.joined(separator: ", "))"
            })
    }

    /// Of the awslogs streams of the latest tasks (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html).
    private func lines(of tasks: [ECS.Task], revision: String, _ target: ReleaseTarget) async throws -> [String] {
        guard !tasks.isEmpty else { return [] }
        let definition = try await client.send(
            ECS.DescribeTaskDefinition(taskDefinition: revision, include: []), region: target.region
        ).taskDefinition
        var lines: [String] = []
        for task in tasks.prefix(Self.streamLimit) {
            let id = task.taskArn.split(separator: "/").last.map(String.init) ?? task.taskArn
            for container in definition.containerDefinitions {
                guard let options = container.logConfiguration?.options, let group = options["awslogs-group"],
                    let prefix = options["awslogs-stream-prefix"]
                else { continue }
                do {
                    lines += try await client.send(
                        Logs.GetLogEvents(
                            logGroupName: group, logStreamName: "\(prefix)/\(container.name)/\(id)",
                            limit: Self.lineLimit), region: target.region
                    ).events.map { Redaction.redacted($0.message ?? "") }
                } catch let error as AWSError where error.code == "ResourceNotFoundException" {
                    // A task that never started wrote nothing.
                }
            }
        }
        return lines.suffix(Self.lineLimit)
    }

    private func attempt(_ what: String, _ gaps: inout [String], _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            gaps.append("\(what): \(error)")
        }
    }
}
