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

/// One worker process of `load run`; its protocol is that of `WorkerProtocol`.
struct LoadWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "A part of `load run` in a process of its own.", shouldDisplay: false)

    func run() async throws {
        // Ctrl-C goes to the whole group of processes; the coordinator decides what it means.
        signal(SIGINT, SIG_IGN)
        try await WorkerProtocol.serve(
            input: .standardInput, output: .standardOutput, environment: ProcessInfo.processInfo.environment)
    }
}

struct LoadReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Shows a report again, and writes its pages anew.")

    @Argument(help: "A report.json, or its folder.")
    var report: String

    func run() throws {
        let folder = ReportFolder(report)
        let contents = try folder.read()
        try folder.writePages(contents)
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
