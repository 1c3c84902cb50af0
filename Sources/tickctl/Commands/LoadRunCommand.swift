import ArgumentParser
@preconcurrency import Dispatch
import Foundation
import LoadTest
import Provisioning
import ServiceRoles
import Synchronization
import TicketStores

struct LoadRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a scenario against a platform, and writes a report.",
        discussion: """
            Every request has a planned instant, and its latency counts from there, whatever became of the requests before. \
            Exit codes: 0 passed; 1 failed: a promise was broken or the objective missed; 6 invalid: the generator itself \
            lagged, lost a worker or was interrupted, so that the figures say nothing about the platform; 64 a bad scenario.
            """)

    @Argument(help: "A scenario, as stacks/load/smoke.yaml.")
    var scenario: String
    @Option(help: ArgumentHelp("Where the platform is, as https://tickets.example.com.", valueName: "URL"))
    var baseURL: String
    @Option(help: ArgumentHelp("Where the confirm role is, if elsewhere.", valueName: "URL"))
    var confirmURL: String?
    @Option(help: ArgumentHelp("Multiplies every rate.", valueName: "X"))
    var scaleRate = 1.0
    @Option(
        help: ArgumentHelp("Multiplies the length of every phase, and of the rules that end a run.", valueName: "X"))
    var scaleTime = 1.0
    @Option(help: "Worker processes on this machine, or tasks with --region; 0: generate in this process.")
    var workers = 0
    @Option(
        name: .customLong("region"),
        help: ArgumentHelp(
            "Generate in ECS tasks of the stack in this region instead; may be repeated, the workers are spread evenly.",
            valueName: "REGION"))
    var regions: [String] = []
    @Flag(help: "With --region: buyers report payments; the tasks have the payment provider's secret.")
    var paid = false
    @Option(help: "Event loops of a worker. Default: a core each, divided among the workers; a vCPU each of a task.")
    var loops: Int?
    @Option(help: "What chance is drawn from: the same seed, the same arrivals, seats and buyers.")
    var seed: UInt64 = 1
    @Option(help: "The folder of the report.")
    var report = "test-output/load"
    @Option(help: ArgumentHelp("PEM of the authorities to trust instead of the system's.", valueName: "FILE"))
    var caFile: String?
    @Option(
        help: ArgumentHelp(
            "The environment variable that holds the payment provider's secret; with it buyers report payments.",
            valueName: "NAME"))
    var webhookSecretEnv: String?
    @Flag(help: "Asks the ledger, too: the one that `tickctl serve` has in the same environment and --data-dir.")
    var checkStores = false
    @OptionGroup var stores: StoreOptions
    @Flag(
        help: ArgumentHelp(
            "Asks the stack's account for what the scenario names under cloudWatch, and shows it in the report. "
                + "Implied by --region."
        ))
    var cloudwatch = false
    @OptionGroup var stackOptions: StackOptions
    @Flag(help: "Prints report.json instead of words.")
    var json = false

    func validate() throws {
        for (name, value) in [("--scale-rate", scaleRate), ("--scale-time", scaleTime)]
        where !(0.000_001...1_000).contains(value) {
            throw ValidationError("\(name) \(value): it is not within 0.000001 to 1000")
        }
        guard (0...256).contains(workers) else {
            throw ValidationError("--workers \(workers): it is not within 0 to 256")
        }
        if let loops, !(1...256).contains(loops) {
            throw ValidationError("--loops \(loops): it is not within 1 to 256")
        }
        if regions.isEmpty {
            if paid { throw ValidationError("--paid goes with --region; here the secret is --webhook-secret-env's") }
            return
        }
        guard workers >= Set(regions).count else {
            throw ValidationError(
                "--workers \(workers): with --region it is the number of tasks, at least one a region")
        }
        if webhookSecretEnv != nil {
            throw ValidationError(
                "--webhook-secret-env: tasks have the secret from the stack; with --region say --paid")
        }
        if caFile != nil { throw ValidationError("--ca-file: tasks do not have this machine's files") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let secret = try SmokeCommand.secret(webhookSecretEnv)
        let scaled = try ScenarioFile.read(path: scenario).scaled(rate: scaleRate, time: scaleTime)
        let stack = cloudwatch || !regions.isEmpty ? try stackOptions.load() : nil
        var tasks: LoadTasks?
        if let stack, !regions.isEmpty { tasks = try await LoadTasks(stack, regions: regions, environment) }
        let loops = loops ?? tasks?.loops ?? max(1, ProcessInfo.processInfo.activeProcessorCount / max(1, workers))
        var order = WorkerOrder(
            scenario: scaled, seed: seed, runID: Self.runID(), publicURL: baseURL, confirmURL: confirmURL ?? baseURL,
            isPaid: secret != nil || paid, loops: loops)
        order.authorityFile = caFile
        var platform: PlatformAccess?
        if let stack, cloudwatch || !scaled.cloudWatch.isEmpty {
            platform = try await PlatformAccess.open(stack, parts: scaled.platformParts(scenario))
        }
        try await Preflight.check(order)
        let folder = ReportFolder(report)
        try folder.prepare()
        let histories = (0..<max(1, workers)).map(folder.historyPath)
        try await platform?.watch.begin()
        let outcome = try await generate(order, secret, histories, environment, tasks)
        let findings = await platform?.watch.end()
        let sales = checkStores ? try await storedSales(order) : nil
        let kept = histories.filter { FileManager.default.fileExists(atPath: $0) }
        var result = RunReport(
            outcome, order, purchases: try PurchaseCheck(paths: kept, stores: sales),
            environment: .init(
                publicURL: baseURL, confirmURL: confirmURL ?? baseURL, toolVersion: Tickctl.version,
                commit: environment["TICKCTL_COMMIT"].nonEmpty, workers: max(1, workers), loopsPerWorker: loops,
                tasks: tasks.map { .init(definition: $0.places[0].revision, byRegion: $0.counts(workers)) }))
        try folder.write(result)
        if let platform {
            Terminal.standardError("asking AWS for the platform's own series\n")
            result.platform = try await platform.collection.report(on: result, findings)
            try folder.write(result)
        }
        Terminal.standardOutput(
            json ? String(decoding: try result.json(), as: UTF8.self) : ReportText(result).markdown)
        Terminal.standardError("report: \(folder.pagePath)\n")
        switch result.verdict.result {
        case .passed: break
        case .failed: throw ExitStatus.failure.exit
        case .invalid: throw ExitStatus.invalid.exit
        }
    }

    private func generate(
        _ order: WorkerOrder, _ secret: [UInt8]?, _ histories: [String], _ environment: [String: String],
        _ tasks: LoadTasks?
    ) async throws -> RunOutcome {
        let remote = tasks?.run(order, workers: workers)
        if let tasks { Terminal.standardError(tasks.summary(order, workers: workers)) }
        let parts: [any LoadWorker] =
            try remote?.workers
            ?? (workers == 0
                ? [LoadEngine(order.recording(to: histories[0]), secret: secret)]
                : try (0..<workers).map { index in
                    ProcessWorker(
                        order.part(index, of: workers).recording(to: histories[index]), name: "worker \(index + 1)",
                        executable: try Self.executable(), arguments: ["load", "worker"], environment: environment,
                        secret: secret)
                })
        let style = Terminal.style(STDERR_FILENO, environment)
        let view = Mutex(LiveView(isLive: style.isColoured && !json))
        let patience = remote.map { _ in Coordinator.Patience.elsewhere }
        let coordinator = Coordinator(parts, scenario: order.scenario, patience: patience) { second in
            let text = view.withLock { $0.text(second, columns: Terminal.size.columns) }
            if let text { Terminal.standardError(text) }
        }
        let interrupts = StopOnSignal(
            "ending: what is under way is still answered; once more to quit at once"
                + (remote == nil ? "" : " (then the tasks end by themselves, within two minutes)")
        ) { coordinator.stop("interrupted by \($0)") }
        defer { interrupts.end() }
        var outcome: RunOutcome
        do {
            try await remote?.begin()
            outcome = try await coordinator.run()
        } catch {
            for problem in await remote?.end() ?? [] { Terminal.standardError(problem + "\n") }
            throw error
        }
        Terminal.standardError(view.withLock { $0.end })
        for problem in await remote?.end() ?? [] { Terminal.standardError(problem + "\n") }
        outcome.note(lacks: await remote?.collectHistories(to: histories) ?? [])
        return outcome
    }

    /// The run's orders, and all live tickets of the scenario's events.
    private func storedSales(_ order: WorkerOrder) async throws -> StoredSales {
        let environment = ProcessInfo.processInfo.environment
        let settings = try ServiceSettings(environment)
        try stores.requireDatabase(settings)
        let ledger = stores.ledger(settings, environment)
        var sales = StoredSales()
        for event in order.scenario.events {
            for row in try await ledger.rows([.orders, .tickets], eventID: event.id) {
                switch row.table {
                case .orders:
                    guard let key = row["idempotency_key"].text, key.hasPrefix("load-\(order.runID)-") else { continue }
                    sales.statuses[key] = row["status"].text
                case .tickets where row["voided_at"] == .null:
                    sales.add(
                        ticket: row["ticket_id"].text ?? "", eventID: event.id, seatID: row["seat_id"].text ?? "")
                default: break
                }
            }
        }
        return sales
    }

    private static func runID() -> String {
        String((0..<8).map { _ in "abcdefghjkmnpqrstvwxyz0123456789".randomElement() ?? "a" })
    }

    private static func executable() throws -> String {
        guard let path = Bundle.main.executablePath else {
            throw Refusal(description: "this program does not know where it is; use --workers 0")
        }
        return path
    }
}

/// The first Ctrl-C or SIGTERM ends the run in order; the second ends the process.
private final class StopOnSignal: Sendable {
    private let sources: [any DispatchSourceSignal]

    init(_ message: String, _ stop: @escaping @Sendable (String) -> Void) {
        sources = [(SIGINT, "Ctrl-C"), (SIGTERM, "SIGTERM")].map { number, name in
            signal(number, SIG_IGN)
            let hasStopped = Mutex(false)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let isSecond = hasStopped.withLock { flag in
                    defer { flag = true }
                    return flag
                }
                if isSecond { _exit(ExitStatus.interrupted.rawValue) }
                Terminal.standardError("\n\(message)\n")
                stop(name)
            }
            source.resume()
            return source
        }
    }

    /// Ctrl-C ends the process again: the run is over.
    func end() {
        sources.forEach { $0.cancel() }
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    }
}
