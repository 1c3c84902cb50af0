import ArgumentParser
import Foundation
import LoadTest

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Measures the platform under load, and judges what it promised meanwhile.",
        subcommands: [
            LoadRunCommand.self, LoadPlanCommand.self, LoadCompareCommand.self, LoadReportCommand.self,
            LoadSelfTestCommand.self, LoadWorkerCommand.self,
        ])
}

struct LoadSelfTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-test",
        abstract: "Checks the generator itself: a server that freezes for a second must move the p99.")

    func run() async throws {
        let test = try await StallTest.run()
        Terminal.standardOutput(
            "p99 \(test.steadyP99) ms of a steady server, \(test.frozenP99) ms of one that froze for 1 s "
                + "(\(test.frozenRequests) requests): \(test.hasPassed ? "ok" : "FAILED")\n")
        if !test.hasPassed { throw ExitStatus.failure.exit }
    }
}

/// One worker of `load run`: a process beside it by `WorkerProtocol`, or a task elsewhere as a `WorkerSite`.
struct LoadWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "A part of `load run` in a process of its own.", shouldDisplay: false)

    @Option(help: ArgumentHelp("Where the run is, as s3://BUCKET/runs/ID; without it: stdin.", valueName: "URL"))
    var run: String?
    @Option(help: "The region of the bucket.")
    var bucketRegion: String?
    @Option(help: "The account whose the bucket is.")
    var bucketOwner: String?
    @Option(help: "Which of the workers this is, from 0.")
    var index = 0

    func validate() throws {
        guard (run == nil) == (bucketRegion == nil), (run == nil) == (bucketOwner == nil) else {
            throw ValidationError("--run, --bucket-region and --bucket-owner go together")
        }
        guard (0..<256).contains(index) else { throw ValidationError("--index \(index): it is not within 0 to 255") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let run, let bucketRegion, let bucketOwner else {
            // Ctrl-C goes to the whole group of processes; the coordinator decides what it means.
            signal(SIGINT, SIG_IGN)
            return try await WorkerProtocol.serve(
                input: .standardInput, output: .standardOutput, environment: environment)
        }
        let location = try RunLocation(run, region: bucketRegion, owner: bucketOwner)
        let scratch = FileManager.default.temporaryDirectory.appending(path: "load-\(location.runID)-\(index)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let secret = environment[WorkerOrder.secretVariable].nonEmpty.map { Array($0.utf8) }
        let site = WorkerSite(
            index: index, objects: S3RunObjects(client: try LoadTasks.client(environment), location: location),
            scratch: scratch.path
        ) { LoadEngine($0, secret: secret, name: "worker") }
        Terminal.standardOutput("worker \(index + 1) of \(location.url)\n")
        try await site.serve()
        Terminal.standardOutput("worker \(index + 1) of \(location.url) is done\n")
    }
}

struct LoadReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Shows a report again, and writes its pages anew.")

    @Argument(help: "A report.json, or its folder.")
    var report: String
    @Flag(
        help: ArgumentHelp(
            "Asks the stack's account anew: CloudWatch is minutes late, and tasks are taken away after the run."))
    var cloudwatch = false
    @OptionGroup var stackOptions: StackOptions

    func run() async throws {
        let folder = ReportFolder(report)
        var contents = try folder.read()
        if cloudwatch {
            let platform = try await PlatformAccess.open(
                stackOptions.load(), parts: contents.scenario.platformParts(contents.name))
            contents.platform = try await platform.collection.report(on: contents, nil)
            try folder.write(contents)
        } else {
            try folder.writePages(contents)
        }
        Terminal.standardOutput(ReportText(contents).markdown)
    }
}

struct LoadCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Sets two reports side by side.",
        discussion: "Exit code 2: the second is worse in its verdict, its throughput or its latency by more than 10 %.")

    @Argument(help: "A report.json, or its folder: what was.")
    var before: String
    @Argument(help: "A report.json, or its folder: what is.")
    var after: String

    func run() throws {
        let comparison = Comparison(
            before: try ReportFolder(before).read(), after: try ReportFolder(after).read())
        Terminal.standardOutput(comparison.text)
        if comparison.isWorse { throw ExitStatus.changes.exit }
    }
}

extension Scenario {
    /// - Parameter name: of the scenario, as the user knows it.
    /// - Throws: `Refusal` when it names none.
    func platformParts(_ name: String) throws -> [PlatformPart] {
        guard cloudWatch.isEmpty else { return cloudWatch }
        let all = PlatformPart.allCases.map(\.rawValue).joined(separator: ", ")
        throw Refusal(
            description:
                "the scenario \(name) does not say what to ask for; add `cloudWatch: [\(all)]` to it, or leave "
                + "--cloudwatch out")
    }
}
