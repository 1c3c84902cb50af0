import ArgumentParser
import CurlTransport
import Foundation

struct EndToEndCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "e2e",
        abstract: "Shows every flow and every refusal of the HTTP contract on a platform, and writes a report.",
        discussion: """
            Some forty buyers of its own, and a few real tickets: use an event that is meant for it, with two hundred free \
            seats. What is held and not bought is given back. A case that the platform gives no occasion for is skipped, \
            with the reason. Exit code 1: a case failed.
            """)

    @Option(help: ArgumentHelp("Where the platform is, as https://tickets.example.com.", valueName: "URL"))
    var baseURL: String
    @Option(help: ArgumentHelp("Where the confirm role is, if elsewhere.", valueName: "URL"))
    var confirmURL: String?
    @Option(help: "The event to buy from.")
    var event = "event-0001"
    @Option(
        help: ArgumentHelp(
            "The environment variable that holds the payment provider's secret; with it payments are reported.",
            valueName: "NAME"))
    var webhookSecretEnv: String?
    @Option(help: ArgumentHelp("Seconds to wait for an answer, for an admission, for an order.", valueName: "S"))
    var timeout = 30
    @Option(
        help: ArgumentHelp("Only cases whose section or name has these words; may be given again.", valueName: "WORDS"))
    var only: [String] = []
    @Option(help: ArgumentHelp("A folder for e2e.html and e2e.json.", valueName: "DIR"))
    var report: String?

    func validate() throws {
        try SmokeCommand.validate(event: event, timeout: timeout)
        _ = try SmokeCommand.root("--base-url", baseURL)
        _ = try confirmURL.map { try SmokeCommand.root("--confirm-url", $0) }
        for words in only where !EndToEndCase.all.contains(where: { $0.has(words) }) {
            throw ValidationError("--only \(words.prefix(80)): no case has these words")
        }
    }

    func run() async throws {
        let secret = try SmokeCommand.secret(webhookSecretEnv)
        let transport = CurlTransport()
        let client = SmokeClient(
            transport: transport, publicURL: try SmokeCommand.root("--base-url", baseURL),
            confirmURL: try SmokeCommand.root("--confirm-url", confirmURL ?? baseURL), timeout: .seconds(timeout))
        let visit = Visit(client, eventID: event, webhookSecret: secret, patience: .seconds(timeout))
        let startedAt = Date().formatted(.iso8601)
        var run = EndToEndRun(visit, report: Self.print)
        await run.run(EndToEndCase.all.filter { one in only.isEmpty || only.contains(where: one.has) })
        await transport.shutdown()
        let result = EndToEndReport(
            publicURL: client.publicURL, confirmURL: client.confirmURL, eventID: event, startedAt: startedAt,
            toolVersion: Tickctl.version, results: run.results)
        Terminal.standardOutput(result.headline + "\n")
        if let report {
            try result.write(to: report)
            Terminal.standardError("report: \(report)/e2e.html\n")
        }
        if run.hasFailed { throw ExitStatus.failure.exit }
    }

    private static func print(_ result: EndToEndResult) {
        let name = "\(result.section.rawValue): \(result.name)"
        switch result.outcome {
        case .passed: Terminal.standardOutput("ok       \(name) (\(result.milliseconds) ms)\n")
        case .skipped: Terminal.standardOutput("skipped  \(name)\n    \(result.reason ?? "")\n")
        case .failed:
            Terminal.standardOutput(
                "FAILED   \(name) (\(result.milliseconds) ms)\n    expected \(result.expected ?? "")\n"
                    + "    got      \(result.got ?? "")\n")
        }
    }
}
