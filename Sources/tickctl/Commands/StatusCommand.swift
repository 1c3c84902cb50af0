import ArgumentParser
import Delivery
import Foundation
import Provisioning
import TicketSteps

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows each step in each region as AWS has it, and who is running.")

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var selectionOptions: SelectionOptions
    @Flag(help: "Print as JSON; with --watch, a line a look.")
    var json = false
    @Flag(help: "Tasks, deployments, latency, errors, queues and alarms of all regions, until Ctrl-C.")
    var watch = false
    @Option(help: "With --watch: seconds between two looks, 1 to 3600.")
    var every = 5

    struct Line: Encodable {
        var step: String
        var region: String
        var state: String
        var resources: Int
        var asDesired: Int
        var stamped: String?
    }

    struct Report: Encodable {
        var stack: String
        var account: String
        var lockedBy: String?
        var frozen: Freeze?
        var slices: [Line]
    }

    func validate() throws {
        guard (1...3600).contains(every) else { throw ValidationError("--every \(every): it is not within 1 to 3600") }
        if watch && !selectionOptions.steps.isEmpty {
            throw ValidationError("--watch shows what runs, not steps: leave --step out")
        }
    }

    func run() async throws {
        let stack = try stackOptions.load()
        if watch {
            var options = RegionOptions()
            options.regions = selectionOptions.regions
            let regions = try options.regions(of: stack)
            let console = Console(json: json)
            let watch = StatusWatch(
                session: try await Session.open(stack, console), regions: regions, style: console.outputStyle,
                json: json, pause: .seconds(every))
            return try await watch.run()
        }
        let selection = try selectionOptions.selection(of: stack, refresh: true)
        let console = Console(json: json)
        let session = try await Session.open(stack, console)
        let provisioner = try await session.provisioner()
        let plan = try await provisioner.plan(selection)
        let (holder, freeze) = (try await session.lockHolder(), try await session.freezes.current(at: Date()))
        let slices = Dictionary(grouping: plan.entries) { SliceID(region: $0.node.region, step: $0.step) }
        let lines = slices.keys.filter(selection.contains).sorted().map { slice in
            let entries = slices[slice] ?? []
            return Line(
                step: slice.step.name, region: slice.region, state: state(entries), resources: entries.count,
                asDesired: entries.filter { $0.action == .none }.count,
                stamped: session.stamps.read(slice).map { $0.time.formatted(.iso8601) })
        }
        let report = Report(
            stack: stack.name, account: session.account, lockedBy: holder, frozen: freeze, slices: lines)
        if json {
            Terminal.standardOutput(try PrettyJSON.text(report) + "\n")
            return
        }
        Terminal.standardOutput("stack \(stack.name), account \(session.account)\n")
        Terminal.standardOutput(holder.map { "running: \($0)\n" } ?? "nobody is running\n")
        if let freeze { Terminal.standardOutput(console.outputStyle.yellow(freeze.summary) + "\n") }
        for line in lines {
            let columns = [
                line.step.padded(to: 15), line.region.padded(to: 16), line.state.padded(to: 12),
                "\(line.asDesired)/\(line.resources)", line.stamped.map { "stamped \($0)" } ?? "no stamp",
            ]
            Terminal.standardOutput(columns.joined(separator: " ") + "\n")
        }
    }

    private func state(_ entries: [PlanEntry]) -> String {
        if entries.contains(where: { $0.action == .refuse }) { return "in the way" }
        if entries.allSatisfy({ $0.action == .create }) { return "absent" }
        if entries.contains(where: { $0.action.isChange }) { return "differs" }
        if entries.contains(where: { $0.action == .wait }) { return "not ready" }
        return "as desired"
    }
}

extension String {
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
