import AWSCore
import AWSServices
import Foundation

/// Brings one service to one revision, and says truthfully whether it got there.
struct Rollout: Sendable {
    let client: AWSClient
    let pace: Pace
    let report: @Sendable (ReleaseEvent) -> Void

    enum Verdict: Sendable, Equatable {
        case succeeded
        case failed(String)
    }

    /// Rounds of looking and acting before giving up: each ends with a deployment's end.
    private static let rounds = 6

    /// Tells the service to have `wanted`, unless it has it or is on its way. Nothing is awaited.
    /// - Returns: the deployments that were there before; empty when nothing was sent.
    func start(_ target: ReleaseTarget, wanted: String) async throws -> Set<String>? {
        let (state, known) = try await look(target)
        guard case .update(let force) = state.action(wanted: wanted, stopsOthers: false) else { return nil }
        try await update(target, from: state.taskDefinition, to: wanted, force: force)
        return known
    }

    /// Follows what `start` began to its end.
    /// - Parameter known: the deployments that are not it; nil: `start` found it on its way, or there.
    func finish(_ target: ReleaseTarget, wanted: String, known: Set<String>?) async throws -> Verdict {
        let deadline = pace.time.uptime() + pace.listed
        var question = 0
        while true {
            let state = try await look(target).state
            if let latest = state.latest, !(known?.contains(latest.arn) ?? false) {
                if latest.taskDefinition == wanted { return try await follow(latest.arn, target, wanted: wanted) }
                if known != nil {
                    return .failed(
                        "another deployment, of \(ReleaseEvent.short(latest.taskDefinition ?? "another revision")), began"
                    )
                }
            }
            if known == nil, state.action(wanted: wanted, stopsOthers: false) == .none { return .succeeded }
            guard pace.time.uptime() < deadline else {
                return .failed("no deployment of it was listed within \(pace.listed)")
            }
            question += 1
            try await pace.sleep(pace.look.delay(after: question))
        }
    }

    /// Brings the service back to `wanted`, whatever is under way, and waits for it.
    func restore(_ target: ReleaseTarget, wanted: String) async throws -> Verdict {
        var failure = "it was not reached"
        for round in 1...Self.rounds {
            let (state, known) = try await look(target)
            switch state.action(wanted: wanted, stopsOthers: true) {
            case .none:
                return .succeeded
            case .follow(let arn):
                if case .failed(let why) = try await follow(arn, target, wanted: wanted) { failure = why }
            case .stop(let arn):
                try await stop(arn, target)
                _ = try await end(of: arn, target)
            case .wait(let arn):
                _ = try await end(of: arn, target)
            case .update(let force):
                try await update(target, from: state.taskDefinition, to: wanted, force: force)
                if case .failed(let why) = try await finish(target, wanted: wanted, known: known) { failure = why }
            case .look:
                break
            }
            try await pace.sleep(pace.look.delay(after: round))
        }
        return .failed(failure)
    }

    // MARK: - one call each

    private func update(_ target: ReleaseTarget, from: String?, to wanted: String, force: Bool) async throws {
        var request = ECS.UpdateService(cluster: target.cluster, service: target.service)
        request.taskDefinition = wanted
        if force { request.forceNewDeployment = true }
        _ = try await client.send(request, region: target.region)
        var event = ReleaseEvent(.updated, target)
        (event.from, event.to) = (from, wanted)
        report(event)
    }

    private func stop(_ arn: String, _ target: ReleaseTarget) async throws {
        do {
            _ = try await client.send(ECS.StopServiceDeployment(serviceDeploymentArn: arn), region: target.region)
        } catch let error as AWSError where Self.isOver(error.code) {
            // It ended between the look and the call.
        }
    }

    /// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html#API_StopServiceDeployment_Errors)
    private static func isOver(_ code: String) -> Bool {
        ["ConflictException", "InvalidParameterException", "ServiceDeploymentNotFoundException"].contains(code)
    }

    /// Follows one deployment and judges it by what the service has afterwards.
    private func follow(_ arn: String, _ target: ReleaseTarget, wanted: String) async throws -> Verdict {
        let started = pace.time.uptime()
        guard let ended = try await end(of: arn, target) else {
            return .failed("its deployment is still under way after \(pace.look.deadline)")
        }
        // The service's own description may lag behind its deployment for a moment.
        var failure: String?
        for question in 1...4 {
            let state = try await look(target).state
            failure = state.failure(wanted: wanted, status: ended.status ?? "unknown", reason: Self.reason(ended))
            guard failure != nil, ended.status == "SUCCESSFUL" else { break }
            try await pace.sleep(pace.look.delay(after: question))
        }
        if let failure { return .failed(failure) }
        var event = ReleaseEvent(.deployed, target)
        event.to = wanted
        event.seconds = Self.seconds(pace.time.uptime() - started)
        report(event)
        return .succeeded
    }

    /// The deployment once it is over; nil: not within the deadline.
    private func end(of arn: String, _ target: ReleaseTarget) async throws -> ECS.ServiceDeployment? {
        let start = pace.time.uptime()
        var (question, said) = (0, "")
        while true {
            // What is asked at the deadline decides: an earlier answer may have been late.
            let isLast = pace.time.uptime() - start >= pace.look.deadline
            let answer = try await client.send(
                ECS.DescribeServiceDeployments(serviceDeploymentArns: [arn]), region: target.region)
            if let deployment = answer.serviceDeployments.first, let status = deployment.status {
                if !RolloutState.Latest.underWay.contains(status) { return deployment }
                let counts = deployment.targetServiceRevision
                let word =
                    "\(status), \(counts?.runningTaskCount ?? 0) of \(counts?.requestedTaskCount ?? 0) tasks run"
                if word != said { report(ReleaseEvent(.rolling, target, detail: word)) }
                said = word
            }
            guard !isLast else { return nil }
            question += 1
            try await pace.sleep(pace.look.delay(after: question))
        }
    }

    /// The service with its latest deployment, and all deployments that are listed.
    func look(_ target: ReleaseTarget) async throws -> (state: RolloutState, known: Set<String>) {
        let service = try await describe(target)
        let listed = try await client.send(
            ECS.ListServiceDeployments(cluster: target.cluster, service: target.service, maxResults: 20),
            region: target.region
        ).serviceDeployments
        // The order is AWS's, the latest first; where it is told, the time decides.
        let newest = listed.max { ($0.createdAt ?? .distantPast) < ($1.createdAt ?? .distantPast) }
        let latest = newest?.createdAt == nil ? listed.first : newest
        let primary = service.deployments.first { $0.status == "PRIMARY" }
        var state = RolloutState(
            taskDefinition: service.taskDefinition, rollout: primary?.rolloutState, primary: primary?.taskDefinition,
            desired: service.desiredCount ?? 0, running: service.runningCount ?? 0)
        if let latest, let arn = latest.serviceDeploymentArn {
            state.latest = .init(arn: arn, status: latest.status ?? "unknown", reason: latest.statusReason)
            if let revision = latest.targetServiceRevisionArn {
                state.latest?.taskDefinition = try await client.send(
                    ECS.DescribeServiceRevisions(serviceRevisionArns: [revision]), region: target.region
                ).serviceRevisions.first?.taskDefinition
            }
        }
        return (state, Set(listed.compactMap(\.serviceDeploymentArn)))
    }

    func describe(_ target: ReleaseTarget) async throws -> ECS.Service {
        let answer = try await client.send(
            ECS.DescribeServices(cluster: target.cluster, services: [target.service]), region: target.region)
        guard let service = answer.services.first, service.status == "ACTIVE" else {
            throw ReleaseRefusal(
                "\(target): the service is \(answer.services.first?.status.lowercased() ?? "not there"); "
                    + "`tickctl up --step 05-services` makes it")
        }
        return service
    }

    /// ECS's own words, the most telling first.
    private static func reason(_ deployment: ECS.ServiceDeployment) -> String? {
        var words: [String] = []
        if let alarms = deployment.alarms?.triggeredAlarmNames, !alarms.isEmpty {
            words.append("alarm \(alarms.joined(separator: ", "))")
        }
        if let breaker = deployment.deploymentCircuitBreaker, breaker.status == "TRIGGERED" {
            words.append("the circuit breaker tripped after \(breaker.failureCount ?? 0) failed tasks")
        }
        words += [deployment.rollback?.reason, deployment.statusReason].compactMap { $0 }.filter { !$0.isEmpty }
        return words.isEmpty
            ? nil
            : words.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
                .joined(separator: "; ")
    }

    static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}

/// What keeps a release from beginning; nothing was changed.
public struct ReleaseRefusal: Error, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
