import ArgumentParser
import Foundation
import Provisioning
import TicketSteps

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows each step in each region as AWS has it, and who is running.")

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var selectionOptions: SelectionOptions
    @Flag(help: "Print as JSON.")
    var json = false

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
        var slices: [Line]
    }

    func run() async throws {
        let stack = try stackOptions.load()
        let selection = try selectionOptions.selection(of: stack, refresh: true)
        let console = Console(json: json)
        let session = try await Session.open(stack, console)
        let provisioner = try await session.provisioner()
        let plan = try await provisioner.plan(selection)
        let lease = try await provisioner.lock.state().lease
        let slices = Dictionary(grouping: plan.entries) { SliceID(region: $0.node.region, step: $0.step) }
        let lines = slices.keys.filter(selection.contains).sorted().map { slice in
            let entries = slices[slice] ?? []
            return Line(
                step: slice.step.name, region: slice.region, state: state(entries), resources: entries.count,
                asDesired: entries.filter { $0.action == .none }.count,
                stamped: session.stamps.read(slice).map { $0.time.formatted(.iso8601) })
        }
        let holder = lease.flatMap { lease in
            lease.until > Date() ? "\(lease.owner), `\(lease.operation)` since \(lease.since.formatted(.iso8601))" : nil
        }
        let report = Report(stack: stack.name, account: session.account, lockedBy: holder, slices: lines)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            Terminal.standardOutput(String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
            return
        }
        Terminal.standardOutput("stack \(stack.name), account \(session.account)\n")
        Terminal.standardOutput(holder.map { "running: \($0)\n" } ?? "nobody is running\n")
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
