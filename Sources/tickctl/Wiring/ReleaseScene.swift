import AWSResources
import AWSServices
import ArgumentParser
import Delivery
import Foundation
import Provisioning
import TicketSteps

/// What a stack's graph says of releases: its services region by region, and the alarms that judge them.
struct ReleaseScene: Sendable {
    struct Definition: Sendable {
        var definition: TaskDefinition
        var tags: IdentityTags
    }

    let stack: Stack
    /// In the order of regions, then of services.
    let targets: [ReleaseTarget]
    let definitions: [ReleaseTarget: Definition]
    /// Names, by region.
    let alarms: [String: [String]]
    /// Names of the load balancers, by region.
    let loadBalancers: [String: String]

    var primary: String { stack.regions[0].name }

    /// The alarms that a release can set off: answers of 5xx, slow answers, targets that fail their checks.
    private static let alarmNames = ["-alb-5xx", "-alb-p99", "-p95", "-unhealthy"]

    init(_ stack: Stack) throws {
        // Names and settings are the same in every account.
        let nodes = try StackGraph.sample(of: stack).graph.nodes
        var targets: [ReleaseTarget] = []
        var definitions: [ReleaseTarget: Definition] = [:]
        var (alarms, balancers): ([String: [String]], [String: String]) = ([:], [:])
        var clusters: [String: String] = [:]
        for node in nodes {
            let region = node.id.region
            switch node.resource {
            case let cluster as ECSCluster: clusters[region] = cluster.name
            case let balancer as LoadBalancer: balancers[region] = balancer.name
            case let alarm as MetricAlarm where Self.alarmNames.contains(where: alarm.name.hasSuffix):
                alarms[region, default: []].append(alarm.name)
            case let service as ECSService:
                let definition = nodes.first { other in
                    node.dependencies.contains(other.id) && other.resource is TaskDefinition
                }
                guard let definition, let task = definition.resource as? TaskDefinition,
                    let cluster = clusters[region]
                else { continue }
                let target = ReleaseTarget(
                    region: region, cluster: cluster, service: service.name, family: task.family)
                targets.append(target)
                definitions[target] = Definition(definition: task, tags: definition.tags)
            default: break
            }
        }
        self.stack = stack
        self.targets = targets
        self.definitions = definitions
        self.alarms = alarms.mapValues { $0.sorted() }
        loadBalancers = balancers
    }
}

/// Which services of which regions a command is about.
struct ReleaseOptions: ParsableArguments {
    @Option(
        name: .customLong("service"),
        help: "Only this service (public, confirm, worker, or its name in ECS); may be repeated.")
    var services: [String] = []
    @Option(name: .customLong("region"), help: "Only this region; may be repeated.")
    var regions: [String] = []

    /// - Throws: `ValidationError` naming what there is.
    func targets(_ scene: ReleaseScene) throws -> [ReleaseTarget] {
        let places = scene.stack.regions.map(\.name)
        for region in regions where !places.contains(region) {
            throw ValidationError(
                "stack \(scene.stack.name) has no region \(region); it has \(places.joined(separator: ", "))")
        }
        for service in services where !scene.targets.contains(where: { Self.names(service, $0, scene) }) {
            let known = Set(scene.targets.map(\.service)).sorted().joined(separator: ", ")
            throw ValidationError("stack \(scene.stack.name) has no service \(service); it has \(known)")
        }
        return scene.targets.filter { target in
            (regions.isEmpty || regions.contains(target.region))
                && (services.isEmpty || services.contains { Self.names($0, target, scene) })
        }
    }

    private static func names(_ name: String, _ target: ReleaseTarget, _ scene: ReleaseScene) -> Bool {
        name == target.service || name == target.family || "\(scene.stack.name)-\(name)" == target.family
    }
}

extension Session {
    var releaseStore: DynamoDBReleaseStore {
        DynamoDBReleaseStore(
            client: client, table: DynamoDBTable.runLock.name, stack: stack.name, region: stack.regions[0].name)
    }

    var releasedBy: String { LockOwner.current(environment).name }

    /// Runs `body` while this process holds the stack's lock.
    /// - Throws: `Refusal` while the stack is frozen; `ProvisioningError.locked` when another run has it; what `body`
    ///   throws.
    func locked<Result: Sendable>(
        for operation: String, _ freeze: FreezeOptions, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await proveAccount()
        try await requireThawed(breaking: freeze.breakFreeze)
        let lock = RunLock(
            store: DynamoDBLock(client: client, region: stack.regions[0].name), stack: stack.name,
            owner: LockOwner.current(environment))
        let stop = stop
        _ = try await lock.acquire(for: operation, seen: nil) { reason in
            stop.stop(
                ProvisioningError(
                    .lockLost, "\(reason); this run does nothing more",
                    next: "when the other run has ended, run the same command again: it goes on from here"))
        }
        do {
            // What an earlier run of `up` left open stays written down.
            _ = try await journal.unanswered()
            let result = try await body()
            try await letGo(lock)
            return result
        } catch {
            try? await letGo(lock)
            throw error
        }
    }

    private func letGo(_ lock: RunLock) async throws {
        await lock.stopRenewing()
        try await journal.close()
        try await lock.release()
    }
}

/// What a release says while it works, and how it ends.
struct ReleaseConsole: Sendable {
    let isJSON: Bool
    private let style: TextStyle

    init(json: Bool, environment: [String: String] = ProcessInfo.processInfo.environment) {
        isJSON = json
        style = Terminal.style(STDERR_FILENO, environment)
    }

    func report(_ event: ReleaseEvent) {
        guard isJSON else {
            guard let line = event.line else { return }
            let isBad = event.event == .failed
            Terminal.standardError((isBad ? style.red(line) : line) + "\n")
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        }
        guard let line = try? encoder.encode(event) else { return }
        Terminal.standardOutput(String(decoding: line, as: UTF8.self) + "\n")
    }

    /// Runs `body` while Ctrl-C means: stop, and take everything back.
    func interruptible<Result: Sendable>(
        _ session: Session, _ body: () async throws -> Result
    ) async throws -> Result {
        let interrupts = Interrupts(
            stop: session.stop,
            notice: "stopping: every service goes back to where it was; once more to quit at once, half done"
        ) { report(ReleaseEvent(.note, detail: $0)) }
        defer { interrupts.end() }
        return try await body()
    }

    /// The last words, and the exit code.
    func conclude(_ outcome: ReleaseOutcome, _ record: String?, _ seconds: Double, stop: StopSignal) throws {
        var event = ReleaseEvent(.ended)
        (event.release, event.verdict, event.seconds) = (record, outcome.verdict, seconds)
        switch outcome {
        case .succeeded:
            report(event)
        case .undone(let wave, let reason):
            (event.wave, event.detail) = (wave, reason)
            report(event)
            if stop.isStopped { throw ExitStatus.interrupted.exit }
            throw ExitStatus.waveFailed(wave)
        case .stuck(let wave, let reason):
            (event.wave, event.detail) = (wave, reason)
            report(event)
            Terminal.standardError(
                "NOT every service is back. Look at them now (`tickctl status`); the same command goes on undoing.\n")
            throw ExitStatus.notUndone.exit
        }
    }
}
