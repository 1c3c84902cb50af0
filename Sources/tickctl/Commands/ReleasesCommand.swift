import ArgumentParser
import Delivery
import Foundation
import TicketSteps

struct ReleasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "releases",
        abstract: "Lists revisions with who released them, when, of which commit, and how it ended.",
        discussion: """
            The ledger is kept as tags on the revisions. Verdicts: good (deployed, baked and smoked: what rollback goes to), \
            unsmoked, failed, rolled-back, pending (under way or killed), and - for what no release made.
            """)

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var releaseOptions: ReleaseOptions
    @Option(help: ArgumentHelp("The latest so many of each service and region.", valueName: "N"))
    var limit = 10
    @Flag(help: "Print as JSON.")
    var json = false

    struct Line: Encodable {
        var region: String
        var service: String
        var revision: String
        var isRunning: Bool
        var verdict: String?
        var release: String?
        var by: String?
        var commit: String?
        var releasedAt: Date?
        var bakedAt: Date?
        var smokedAt: Date?
        var digest: String?
    }

    func validate() throws {
        guard (1...Ledger.depth).contains(limit) else {
            throw ValidationError("--limit \(limit): it is not within 1 to \(Ledger.depth)")
        }
    }

    func run() async throws {
        let stack = try stackOptions.load()
        let scene = try ReleaseScene(stack)
        let session = try await Session.open(stack, Console(json: json))
        try await session.proveAccount()
        let planner = DeployPlanner(client: session.client, report: { _ in })
        var lines: [Line] = []
        for target in try releaseOptions.targets(scene) {
            let current = try await planner.revision(of: target)
            lines += try await Ledger(client: session.client).entries(of: target, limit: limit).map { entry in
                Line(
                    region: target.region, service: target.service, revision: "\(target.family):\(entry.revision)",
                    isRunning: entry.arn == current, verdict: entry.verdict?.rawValue, release: entry.release,
                    by: entry.by, commit: entry.commit, releasedAt: entry.releasedAt, bakedAt: entry.bakedAt,
                    smokedAt: entry.smokedAt, digest: entry.digest)
            }
        }
        if json {
            Terminal.standardOutput(try PrettyJSON.text(lines) + "\n")
            return
        }
        Terminal.standardOutput(
            Self.row("REGION", "REVISION", "VERDICT", "WHEN", "WHO", "COMMIT", "DIGEST") + "\n")
        for line in lines {
            Terminal.standardOutput(
                Self.row(
                    line.region, line.revision, (line.verdict ?? "-") + (line.isRunning ? " *" : ""),
                    line.releasedAt?.formatted(.iso8601) ?? "-", line.by ?? "-",
                    line.commit.map { String($0.prefix(12)) } ?? "-",
                    line.digest.map { String($0.dropFirst("sha256:".count).prefix(12)) } ?? "-") + "\n")
        }
        Terminal.standardError("* runs now\n")
    }

    private static func row(_ columns: String...) -> String {
        zip(columns, [15, 20, 14, 21, 24, 13, 13]).map { $0.padded(to: $1) }.joined(separator: " ")
    }
}
