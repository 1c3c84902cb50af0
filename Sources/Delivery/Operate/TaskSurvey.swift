public import AWSCore
import AWSServices
public import Foundation

/// A task of a service, as an operator asks for it.
public struct TaskReport: Sendable, Codable, Hashable {
    public var region: String
    public var service: String
    /// The last part of its ARN.
    public var task: String
    /// Of its task definition; 0: not told.
    public var revision: Int
    /// RUNNING, STOPPED, ...
    public var state: String
    /// HEALTHY, UNHEALTHY or UNKNOWN.
    public var health: String
    public var zone: String?
    public var started: Date?
    public var stopped: Date?
    public var stoppedReason: String?
    /// "public: exit code 137, OutOfMemoryError"; of the containers that say why they ended.
    public var containerReasons: [String]
    public var takesCommands: Bool
}

/// Lists the tasks of services: the running ones, and the stopped ones that ECS still knows (about an hour).
public struct TaskSurvey: Sendable {
    /// ECS's limit of one call.
    private static let page = 100

    private let client: AWSClient
    private let region: String
    private let cluster: String

    public init(client: AWSClient, region: String, cluster: String) {
        self.client = client
        self.region = region
        self.cluster = cluster
    }

    /// The tasks of one service, the running ones first, the latest first.
    /// - Throws: `AWSError`; a service that does not exist has none.
    public func tasks(of service: String) async throws -> [TaskReport] {
        var arns: [String] = []
        for status in ["RUNNING", "STOPPED"] {
            do {
                arns += try await client.all(
                    ECS.ListTasks(cluster: cluster, serviceName: service, desiredStatus: status), region: region
                ) { $0.taskArns }
            } catch let error as AWSError
                where ["ServiceNotFoundException", "ClusterNotFoundException"].contains(error.code)
            {
                return []
            }
        }
        var reports: [TaskReport] = []
        for start in stride(from: 0, to: arns.count, by: Self.page) {
            reports += try await client.send(
                ECS.DescribeTasks(
                    cluster: cluster, tasks: Array(arns[start..<min(start + Self.page, arns.count)]), include: []),
                region: region
            ).tasks.map { report($0, service) }
        }
        return reports.sorted { one, other in
            if (one.stopped == nil) != (other.stopped == nil) { return one.stopped == nil }
            let (first, second) = (one.stopped ?? one.started, other.stopped ?? other.started)
            return (first ?? .distantFuture, one.task) > (second ?? .distantFuture, other.task)
        }
    }

    private func report(_ task: ECS.Task, _ service: String) -> TaskReport {
        TaskReport(
            region: region, service: service, task: task.taskArn.split(separator: "/").last.map(String.init) ?? "",
            revision: task.taskDefinitionArn?.split(separator: ":").last.flatMap { Int($0) } ?? 0,
            state: task.lastStatus ?? "UNKNOWN", health: task.healthStatus ?? "UNKNOWN", zone: task.availabilityZone,
            started: task.startedAt, stopped: task.stoppedAt, stoppedReason: task.stoppedReason,
            containerReasons: task.containers.compactMap { container in
                let facts = [container.exitCode.map { "exit code \($0)" }, container.reason].compactMap(\.self)
                guard !facts.isEmpty, let name = container.name else { return nil }
                return "\(name): \(facts.joined(separator: ", "))"
            }, takesCommands: task.enableExecuteCommand ?? false)
    }
}
