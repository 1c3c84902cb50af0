import AWSCore
import CurlTransport
import Foundation
import Synchronization
import TestSupport

@testable import Delivery

/// An ECS of two regions whose deployments end as scripted, after two looks at them; time passes only by sleeping.
final class FakeECS: Sendable {
    enum Outcome: String, CaseIterable, Sendable {
        case succeed, stop, rollBack, rollBackFails, hang
        /// SUCCESSFUL, but the service has another revision: what somebody else did meanwhile.
        case lie
    }

    /// The process is gone: no call after the `limit`-th is answered.
    struct Killed: Error {}

    struct Deployment {
        var arn: String
        var target: String
        var source: String
        var status = "IN_PROGRESS"
        var looks = 0
        var outcome: Outcome
    }

    struct State {
        /// "region/service" -> revision.
        var running: [String: String] = [:]
        var rollout: [String: String] = [:]
        var deployments: [String: [Deployment]] = [:]
        /// "region/revision" -> how a deployment of it ends; else it succeeds.
        var outcomes: [String: Outcome] = [:]
        var alarms: [String: String] = [:]
        var tags: [String: [String: String]] = [:]
        var bodies: [(action: String, body: String)] = []
        var calls = 0
        var limit = Int.max
        /// Numbers of calls that are refused.
        var refused: Set<Int> = []
        var now = Duration.zero
        /// What an answer about a deployment takes; other calls take no time.
        var lookTakes = Duration.zero
        var number = 0
    }

    let state = Mutex(State())

    init(_ running: [String: String]) { state.withLock { $0.running = running } }

    var client: AWSClient {
        var configuration = AWSClient.Configuration(
            credentials: nil, endpoints: EndpointResolver(url: nil), retry: RetryPolicy(maximumAttempts: 1))
        configuration.time = time
        return AWSClient(
            transport: ScriptedTransport { [self] request, _ in try answer(request) }, configuration: configuration)
    }

    var time: TimeSource {
        var time = TimeSource(ContinuousClock())
        time.uptime = { [self] in state.withLock { $0.now } }
        time.date = { [self] in Date(timeIntervalSince1970: 1_700_000_000 + Rollout.seconds(state.withLock { $0.now }))
        }
        time.sleep = { [self] duration in
            try Task.checkCancellation()
            state.withLock { $0.now += duration }
            await Task.yield()
        }
        return time
    }

    var running: [String: String] { state.withLock { $0.running } }
    var isQuiet: Bool {
        state.withLock { state in
            state.deployments.values.allSatisfy { $0.allSatisfy { !RolloutState.Latest.underWay.contains($0.status) } }
        }
    }

    func count(_ action: String) -> Int { state.withLock { $0.bodies.filter { $0.action == action }.count } }

    private func answer(_ request: HTTPRequest) throws -> HTTPResponse {
        let action = request.headers["X-Amz-Target"].flatMap { $0.split(separator: ".").last.map(String.init) } ?? "?"
        let region = request.url.split(separator: ".").dropFirst().first.map(String.init) ?? "?"
        let body = (try? JSONSerialization.jsonObject(with: Data(request.bodyText.utf8))) as? [String: Any] ?? [:]
        return try state.withLock { state in
            state.calls += 1
            guard state.calls <= state.limit else { throw Killed() }
            state.bodies.append((action, request.bodyText))
            if state.refused.contains(state.calls) {
                return HTTPResponse(400, "{\"__type\":\"InvalidParameterException\",\"message\":\"scripted\"}")
            }
            let answer = Self.answer(action, region, body, &state)
            let data = try JSONSerialization.data(withJSONObject: answer)
            return HTTPResponse(200, String(decoding: data, as: UTF8.self))
        }
    }

    private static func answer(
        _ action: String, _ region: String, _ body: [String: Any], _ state: inout State
    ) -> [String: Any] {
        let service = "\(region)/\(body["service"] as? String ?? (body["services"] as? [String])?.first ?? "")"
        switch action {
        case "DescribeServices":
            return ["services": [describe(service, state)]]
        case "UpdateService":
            let target = body["taskDefinition"] as? String ?? ""
            state.number += 1
            let source = state.running[service] ?? ""
            for index in state.deployments[service, default: []].indices
            where RolloutState.Latest.underWay.contains(state.deployments[service, default: []][index].status) {
                state.deployments[service]?[index].status = "STOPPED"
            }
            state.deployments[service, default: []].insert(
                Deployment(
                    arn: "arn:\(region):service-deployment/\(service)/\(state.number)", target: target, source: source,
                    outcome: state.outcomes["\(region)/\(target)"] ?? .succeed), at: 0)
            state.running[service] = target
            state.rollout[service] = "IN_PROGRESS"
            return ["service": describe(service, state)]
        case "ListServiceDeployments":
            return [
                "serviceDeployments": state.deployments[service, default: []].map {
                    [
                        "serviceDeploymentArn": $0.arn, "status": $0.status,
                        "targetServiceRevisionArn": "revision/\($0.target)",
                    ]
                }
            ]
        case "DescribeServiceRevisions":
            return [
                "serviceRevisions": (body["serviceRevisionArns"] as? [String] ?? []).map {
                    ["serviceRevisionArn": $0, "taskDefinition": String($0.dropFirst("revision/".count))]
                }
            ]
        case "DescribeServiceDeployments":
            let arn = (body["serviceDeploymentArns"] as? [String])?.first ?? ""
            state.now += state.lookTakes
            return ["serviceDeployments": look(arn, &state)]
        case "StopServiceDeployment":
            let arn = body["serviceDeploymentArn"] as? String ?? ""
            change(arn, &state) { deployment, _ in
                deployment.status = "ROLLBACK_IN_PROGRESS"
                deployment.looks = 0
                deployment.outcome = .rollBack
            }
            return [:]
        case "DescribeAlarms":
            return [
                "MetricAlarms": (body["AlarmNames"] as? [String] ?? []).map {
                    ["AlarmName": $0, "AlarmArn": "a", "StateValue": state.alarms["\(region)/\($0)"] ?? "OK"]
                }
            ]
        case "TagResource":
            for tag in body["tags"] as? [[String: String]] ?? [] {
                state.tags["\(region)/\(body["resourceArn"] ?? "")", default: [:]][tag["key"] ?? ""] = tag["value"]
            }
            return [:]
        default:
            return [:]
        }
    }

    private static func describe(_ service: String, _ state: State) -> [String: Any] {
        let running = state.running[service] ?? ""
        return [
            "serviceArn": service, "serviceName": service, "status": "ACTIVE", "taskDefinition": running,
            "desiredCount": 237, "runningCount": 237,
            "deployments": [
                ["status": "PRIMARY", "taskDefinition": running, "rolloutState": state.rollout[service] ?? "COMPLETED"]
            ],
        ]
    }

    private static func change(_ arn: String, _ state: inout State, _ body: (inout Deployment, String) -> Void) {
        for (service, list) in state.deployments {
            if let index = list.firstIndex(where: { $0.arn == arn }) {
                body(&state.deployments[service, default: list][index], service)
            }
        }
    }

    /// One look at a deployment; the second one finds it further on.
    private static func look(_ arn: String, _ state: inout State) -> [[String: Any]] {
        var found: [[String: Any]] = []
        for (service, list) in state.deployments {
            guard let index = list.firstIndex(where: { $0.arn == arn }) else { continue }
            var deployment = list[index]
            deployment.looks += 1
            if deployment.looks >= 2, RolloutState.Latest.underWay.contains(deployment.status) {
                advance(&deployment, service, &state)
            }
            state.deployments[service]?[index] = deployment
            found = [["serviceDeploymentArn": arn, "status": deployment.status, "statusReason": "scripted"]]
        }
        return found
    }

    private static func advance(_ deployment: inout Deployment, _ service: String, _ state: inout State) {
        switch (deployment.status, deployment.outcome) {
        case ("ROLLBACK_IN_PROGRESS", .rollBackFails):
            (deployment.status, state.rollout[service]) = ("ROLLBACK_FAILED", "FAILED")
        case ("ROLLBACK_IN_PROGRESS", _):
            (deployment.status, state.rollout[service]) = ("ROLLBACK_SUCCESSFUL", "COMPLETED")
            state.running[service] = deployment.source
        case (_, .succeed):
            (deployment.status, state.rollout[service]) = ("SUCCESSFUL", "COMPLETED")
        case (_, .lie):
            (deployment.status, state.rollout[service]) = ("SUCCESSFUL", "COMPLETED")
            state.running[service] = "someone-elses:1"
        case (_, .stop):
            (deployment.status, state.rollout[service]) = ("STOPPED", "FAILED")
        case (_, .rollBack), (_, .rollBackFails):
            (deployment.status, deployment.looks) = ("ROLLBACK_IN_PROGRESS", 0)
        case (_, .hang):
            break
        }
    }
}

/// A release's record in memory.
final class MemoryReleaseStore: ReleaseStore {
    private let record = Mutex<ReleaseRecord?>(nil)

    func open() async throws -> ReleaseRecord? { record.withLock { $0 } }
    func write(_ record: ReleaseRecord) async throws { self.record.withLock { $0 = record } }
    func clear() async throws { record.withLock { $0 = nil } }
}
