import AWSCore
import ArgumentParser
import Delivery
import Foundation
import Provisioning
import TicketSteps

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Takes services back to the last known good revision, in all regions at once.",
        discussion: """
            Known good is what `deploy` released, baked and bought a ticket from; the previous number is not. A revision \
            whose image, secret or role is gone is refused before any service is touched. An unfinished deploy is undone \
            first, and without --revision that is the rollback. The alarms are not watched unless --bake says so. On a \
            failure every service ends where it was.
            Exit codes: 0 rolled back, or there already; 3 refused before any change; 11 it failed, all is where it was; \
            20 not all is; 130 interrupted, all is where it was.
            """)

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var releaseOptions: ReleaseOptions
    @OptionGroup var freezeOptions: FreezeOptions
    @Option(
        help: ArgumentHelp(
            "Go to this revision; a number of the primary region, or of the first --region.", valueName: "N"))
    var revision: Int?
    @Flag(help: "Go to the last known good revision: the default.")
    var toLastGood = false
    @Option(help: "Watch the alarms so long afterwards.")
    var bake: Span?
    @Option(help: "An alarm that may be in ALARM while --bake watches; may be repeated.")
    var acceptAlarm: [String] = []
    @Option(help: "How long one service's deployment may take.")
    var deadline = Span(seconds: 1800)
    @Flag(help: "Print events as JSON lines on stdout (docs/events.md).")
    var json = false

    func validate() throws {
        if revision != nil && toLastGood { throw ValidationError("--revision and --to-last-good: one of them") }
        if let revision, revision < 1 { throw ValidationError("--revision \(revision): it is not a revision's number") }
    }

    func run() async throws {
        let stack = try stackOptions.load()
        let scene = try ReleaseScene(stack)
        let targets = try releaseOptions.targets(scene)
        let console = ReleaseConsole(json: json)
        let session = try await Session.open(stack, Console(json: json))
        let started = ContinuousClock.now
        let (outcome, id) = try await console.interruptible(session) {
            try await session.locked(for: "rollback", freezeOptions) {
                try await rollBack(scene, targets, session, console)
            }
        }
        try console.conclude(
            outcome, id, Double((ContinuousClock.now - started).components.seconds), stop: session.stop)
    }

    private func rollBack(
        _ scene: ReleaseScene, _ targets: [ReleaseTarget], _ session: Session, _ console: ReleaseConsole
    ) async throws -> (ReleaseOutcome, String?) {
        var pace = Pace(stop: session.stop)
        pace.look.deadline = .seconds(deadline.seconds)
        var settings = ReleaseSettings(
            alarms: scene.alarms, bake: .seconds(bake?.seconds ?? 0), pace: pace, report: console.report)
        settings.acceptedAlarms = Set(acceptAlarm)
        if let open = try await session.releaseStore.open() {
            let outcome = try await RecoveryWork(session: session, console: console, settings: settings).undo(open)
            guard case .undone = outcome else { return (outcome, open.id) }
            if revision == nil, open.operation == .deploy { return (.succeeded, open.id) }
        }
        let choosing = releaseOptions.regions.first ?? scene.primary
        let destination: RollbackPlanner.Destination =
            revision.map { .revision($0, region: choosing) } ?? .lastGood
        let moves = try await RollbackPlanner(client: session.client, report: console.report)
            .plan(targets, to: destination, primary: scene.primary)
        guard moves.contains(where: \.isChange) else { return (.succeeded, nil) }
        try session.stop.check()
        let now = Date()
        let record = ReleaseRecord(
            id: ReleaseRecord.newID(at: now), operation: .rollback, by: session.releasedBy, commit: nil, since: now,
            moves: moves)
        let release = Release(client: session.client, store: session.releaseStore, settings: settings)
        return (try await release.run(record, waves: [Wave(number: 1, targets: targets)]), record.id)
    }
}
