import AWSCore
import ArgumentParser
import Delivery
import Foundation
import Provisioning
import TicketSteps

struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Releases an image, region by region, and takes all of it back if anything goes wrong.",
        discussion: """
            Verifies all that it stands on (tickctl verify), registers a revision where something changed, and goes in waves, the primary region last: update, \
            follow this very deployment to its end, watch the alarms, buy a ticket. On any failure, and on Ctrl-C, every \
            service of every region ends on the revision before; a black box is written to .tickctl/blackbox. A run that \
            was killed is simply started again. How many tasks run is autoscaling's and never sent. Without --image and \
            --build the image stays and only settings are released.
            Exit codes: 0 released; 1 failed before or after the release; 2 --dry-run: there are changes; 3 refused before \
            any change; 11 to 19 wave 1 to 9 failed, all is back; 20 not all is back; 130 interrupted, all is back.
            """)

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var releaseOptions: ReleaseOptions
    @OptionGroup var freezeOptions: FreezeOptions
    @OptionGroup var smokeOptions: ReleaseSmokeOptions
    @Option(help: ArgumentHelp("The image's digest, sha256:...; it must be in every repository.", valueName: "DIGEST"))
    var image: String?
    @Flag(help: "Build the image of this program, push it to every region, and release it.")
    var build = false
    @Option(help: "rolling: a region a wave; canary: one service of the first region is a wave of its own.")
    var strategy = Strategy.rolling
    @Option(help: "How long the alarms must stay quiet after each wave.")
    var bake = Span(seconds: 300)
    @Option(help: "An alarm that may be in ALARM; may be repeated.")
    var acceptAlarm: [String] = []
    @Option(help: "How long one service's deployment may take.")
    var deadline = Span(seconds: 1800)
    @Flag(help: "Say what would be released, and release nothing.")
    var dryRun = false
    @Flag(help: "Print events as JSON lines on stdout (docs/events.md).")
    var json = false

    enum Strategy: String, ExpressibleByArgument, CaseIterable {
        case rolling, canary

        var order: ReleaseStrategy {
            switch self {
            case .rolling: .rolling
            case .canary: .canary
            }
        }
    }

    func validate() throws {
        if image != nil && build { throw ValidationError("--image and --build: one of them") }
        if let image {
            let hex = image.dropFirst("sha256:".count)
            guard image.hasPrefix("sha256:"), hex.count == 64, hex.allSatisfy({ "0123456789abcdef".contains($0) })
            else {
                throw ValidationError("--image \(image.prefix(80)): a digest is sha256: and 64 hex digits")
            }
        }
    }

    func run() async throws {
        let stack = try stackOptions.load()
        let scene = try ReleaseScene(stack)
        let targets = try releaseOptions.targets(scene)
        let console = ReleaseConsole(json: json)
        let session = try await Session.open(stack, Console(json: json))
        let work = DeployWork(
            scene: scene, targets: targets, session: session, console: console, strategy: strategy.order,
            settings: settings(scene, session, console))
        if dryRun {
            try await session.proveAccount()
            let isChange = try await work.preview(digest: image)
            if isChange { throw ExitStatus.changes.exit }
            return
        }
        let started = ContinuousClock.now
        let (outcome, id) = try await console.interruptible(session) {
            try await session.locked(for: "deploy", freezeOptions) {
                var work = work
                let regions = Wave(number: 0, targets: targets).regions
                work.settings.smoke = try await smokeOptions.smoke(scene, session, regions: regions)
                let (digest, architecture) = build ? try await work.push() : (image, nil)
                return try await work.deploy(digest: digest, architecture: architecture)
            }
        }
        try console.conclude(
            outcome, id, Double((ContinuousClock.now - started).components.seconds), stop: session.stop)
    }

    private func settings(_ scene: ReleaseScene, _ session: Session, _ console: ReleaseConsole) -> ReleaseSettings {
        var pace = Pace(stop: session.stop)
        pace.look.deadline = .seconds(deadline.seconds)
        var settings = ReleaseSettings(
            alarms: scene.alarms, bake: .seconds(bake.seconds), pace: pace, report: console.report)
        settings.acceptedAlarms = Set(acceptAlarm)
        return settings
    }
}
