import AWSCore
import AWSResources
import AWSServices
import Delivery
import Foundation
import Provisioning
import TicketSteps
import Ticketing

/// The steps of one deploy, in order, between the command line and `Release`.
struct DeployWork: Sendable {
    let scene: ReleaseScene
    let targets: [ReleaseTarget]
    let session: Session
    let console: ReleaseConsole
    let strategy: ReleaseStrategy
    var settings: ReleaseSettings

    private var planner: DeployPlanner { DeployPlanner(client: session.client, report: console.report) }
    private var release: Release {
        Release(client: session.client, store: session.releaseStore, settings: settings)
    }
    private var regions: [String] { Wave(number: 0, targets: targets).regions }

    /// - Returns: the outcome, and the release's id when there was one.
    func deploy(digest: String?, architecture: String?) async throws -> (ReleaseOutcome, String?) {
        let desired = desired(digest, architecture)
        if let open = try await session.releaseStore.open() {
            if try await isSame(open, desired) {
                console.report(ReleaseEvent(.recovering, detail: "going on with \(open.id), begun by \(open.by)"))
                return (try await release.run(open, waves: waves(open.moves.map(\.target))), open.id)
            }
            let outcome = try await RecoveryWork(session: session, console: console, settings: settings).undo(open)
            guard case .undone = outcome else { return (outcome, open.id) }
        }
        let items = try await planner.plan(targets, desired: desired)
        try await requireSound(items)
        try await release.requireQuietAlarms(regions)
        try await release.requireNoDeployment(targets)
        guard items.contains(where: { $0.isChange || !$0.isProven }) else {
            console.report(ReleaseEvent(.note, detail: "nothing to release: all of it runs and is known good"))
            return (.succeeded, nil)
        }
        try session.stop.check()
        let now = Date()
        var record = ReleaseRecord(
            id: ReleaseRecord.newID(at: now), operation: .deploy, by: session.releasedBy,
            commit: session.environment["GITHUB_SHA"].nonEmpty, since: now, moves: [])
        record.moves = try await planner.register(items, for: record)
        try session.stop.check()
        return (try await release.run(record, waves: waves(targets)), record.id)
    }

    /// Says what a deploy would do.
    /// - Returns: whether it would change anything.
    func preview(digest: String?) async throws -> Bool {
        if let open = try await session.releaseStore.open() {
            console.report(
                ReleaseEvent(.note, detail: "release \(open.id) of \(open.by) is unfinished: a deploy ends it first"))
        }
        let items = try await planner.plan(targets, desired: desired(digest, nil))
        for item in items where !console.isJSON {
            for difference in item.differences {
                Terminal.standardOutput(
                    "\(item.target)  \(difference.path): \(difference.from ?? "-") -> \(difference.to ?? "-")\n")
            }
        }
        for wave in waves(targets) {
            var event = ReleaseEvent(.wave, detail: wave.targets.map(\.description).joined(separator: ", "))
            event.wave = wave.number
            console.report(event)
        }
        try await requireSound(items)
        try await release.requireQuietAlarms(regions)
        return items.contains(where: \.isChange)
    }

    /// Looks at everything that these revisions are going to stand on, as `tickctl verify` does.
    /// - Throws: `ReleaseRefusal` with every error at once.
    private func requireSound(_ items: [DeployPlanner.Item]) async throws {
        let stack = scene.stack
        let next = items.map { ($0.target, TaskRevision($0.desired)) }
        let findings = try await session.verification(
            regions: stack.regions.filter { regions.contains($0.name) },
            roles: Role.allCases.filter { role in targets.contains { $0.service == stack.serviceName(role) } },
            next: Dictionary(uniqueKeysWithValues: next)
        ).findings()
        let errors = findings.filter { $0.severity == .error }
        for finding in findings where finding.severity == .warning {
            var event = ReleaseEvent(.note, detail: "\(finding.check.rawValue)  \(finding.subject): \(finding.problem)")
            event.region = finding.region
            console.report(event)
        }
        guard errors.isEmpty else {
            throw ReleaseRefusal(
                errors.map(\.description).joined(separator: "\n")
                    + "\nno service was touched; `tickctl verify` looks again")
        }
    }

    /// Builds the image and pushes it to the repository of every target.
    /// - Returns: its digest and its architecture as ECS spells it.
    func push() async throws -> (String?, String?) {
        let source = StackImage(stack: scene.stack, environment: session.environment)
        let image = try await source.build()
        let publisher = RegistryPublisher(
            image: source, client: session.client, transport: session.transport, environment: session.environment,
            callClock: session.callClock)
        let isElsewhere = publisher.registryElsewhere != nil
        for target in isElsewhere ? targets.filter({ $0.region == targets[0].region }) : targets {
            let pushed = try await publisher.push(
                image, repository: target.family, region: target.region,
                registry: "\(session.account).dkr.ecr.\(target.region).amazonaws.com", tag: source.tag(of: image))
            console.report(
                ReleaseEvent(
                    .note, target,
                    detail:
                        "image pushed: \(pushed.uploadedBlobs.count) blobs, \(pushed.skippedBlobs.count) there already")
            )
        }
        // An image of several platforms leaves the choice to the stack, or to what runs.
        return (image.digest.description, image.platform.map { $0.architecture == "arm64" ? "ARM64" : "X86_64" })
    }

    private func waves(_ targets: [ReleaseTarget]) -> [Wave] { strategy.waves(of: targets, primary: scene.primary) }

    private func desired(
        _ digest: String?, _ architecture: String?
    ) -> @Sendable (ReleaseTarget, ECS.TaskDefinition) throws -> ECS.RegisterTaskDefinition {
        let scene = scene
        let given: String? =
            switch scene.stack.tasks.architecture {
            case .arm64: "ARM64"
            case .x86_64: "X86_64"
            case nil: architecture
            }
        return { target, standing in
            guard let own = scene.definitions[target] else {
                throw ReleaseRefusal("\(target): the stack has no such service")
            }
            return try own.definition.successor(
                of: standing, digest: digest, architecture: given, tags: own.tags.all)
        }
    }

    /// Whether an open release is the one that is asked for: then it goes on, else it is undone first.
    private func isSame(
        _ record: ReleaseRecord,
        _ desired: @escaping @Sendable (ReleaseTarget, ECS.TaskDefinition) throws -> ECS.RegisterTaskDefinition
    ) async throws -> Bool {
        guard record.operation == .deploy, record.phase == .forward,
            Set(record.moves.map(\.target)) == Set(targets)
        else { return false }
        let from = Dictionary(record.moves.map { ($0.target, $0.from) }, uniquingKeysWith: { first, _ in first })
        for item in try await planner.plan(targets, from: from, desired: desired) {
            guard let move = record.move(of: item.target),
                try await planner.isSame(move.to, item.desired, region: item.target.region)
            else { return false }
        }
        return true
    }
}

/// Ends what a killed run left behind.
struct RecoveryWork: Sendable {
    let session: Session
    let console: ReleaseConsole
    let settings: ReleaseSettings

    func undo(_ record: ReleaseRecord) async throws -> ReleaseOutcome {
        console.report(
            ReleaseEvent(
                .recovering,
                detail: "\(record.operation.rawValue) \(record.id), begun by \(record.by), was not finished: undoing it"
            ))
        let release = Release(client: session.client, store: session.releaseStore, settings: settings)
        return try await release.undo(record, wave: 1, reason: "\(record.operation.rawValue) \(record.id) was killed")
    }
}
