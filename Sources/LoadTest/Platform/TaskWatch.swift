public import AWSCore
internal import AWSServices
internal import Foundation
internal import Synchronization

/// Looks at the task counts of the services while a run goes on, once a region and interval: ECS keeps no history.
/// A look that fails is counted and ends nothing.
public final class TaskWatch: Sendable {
    static let interval: Duration = .seconds(5)

    /// What was seen.
    public struct Findings: Sendable {
        var histories: [TaskHistory] = []
        var problems: [String] = []
    }

    private struct Failures {
        var count = 0
        var last = ""
    }

    private struct State {
        var histories: [TaskHistory]
        var failures: [String: Failures] = [:]
        var watching: Task<Void, Never>?
    }

    private let client: AWSClient
    private let targets: [PlatformTarget]
    private let state: Mutex<State>

    public init(client: AWSClient, targets: [PlatformTarget]) {
        self.client = client
        self.targets = targets.filter { !$0.services.isEmpty }
        state = Mutex(
            State(
                histories: self.targets.flatMap { target in
                    target.services.map { TaskHistory(region: target.region, service: $0) }
                }))
    }

    /// Looks once, and then again and again until the end.
    /// - Throws: what the first look is refused with.
    public func begin() async throws {
        for target in targets { try await look(at: target) }
        let watching = Task {
            await withTaskGroup { group in
                for target in targets { group.addTask { await self.follow(target) } }
            }
        }
        state.withLock { $0.watching = watching }
    }

    /// Looks a last time.
    public func end() async -> Findings {
        if let watching = state.withLock({ $0.watching }) {
            watching.cancel()
            await watching.value
            for target in targets { await lookAgain(at: target) }
        }
        return state.withLock { state in
            var findings = Findings(histories: state.histories)
            findings.problems = state.failures.sorted { $0.key < $1.key }.map { region, failures in
                "\(region): \(failures.count) look(s) at the tasks failed, the last: \(failures.last)"
            }
            findings.problems += state.histories.filter(\.isFull).map { history in
                "\(history.region): the tasks of \(history.service) changed too often to keep all of it"
            }
            return findings
        }
    }

    private func follow(_ target: PlatformTarget) async {
        while (try? await client.configuration.time.sleep(Self.interval)) != nil { await lookAgain(at: target) }
    }

    private func lookAgain(at target: PlatformTarget) async {
        do {
            try await look(at: target)
        } catch {
            if Task.isCancelled { return }
            state.withLock { state in
                state.failures[target.region, default: Failures()].count += 1
                state.failures[target.region]?.last = "\(error)"
            }
        }
    }

    private func look(at target: PlatformTarget) async throws {
        let answer = try await client.send(
            ECS.DescribeServices(cluster: target.cluster, services: target.services, include: []),
            region: target.region)
        let time = client.configuration.time.date()
        for name in target.services {
            guard let service = answer.services.first(where: { $0.serviceName == name && $0.status != "INACTIVE" })
            else {
                throw LoadTestError(
                    .target, "there is no service \(name) in \(target.region)",
                    next: "run `tickctl up`, or leave --cloudwatch out")
            }
            let look = TaskHistory.Look(
                time: time, desired: service.desiredCount ?? 0, running: service.runningCount ?? 0,
                pending: service.pendingCount ?? 0)
            state.withLock { state in
                for index in state.histories.indices
                where state.histories[index].region == target.region && state.histories[index].service == name {
                    state.histories[index].add(look)
                }
            }
        }
    }
}
