import ArgumentParser
import Foundation
import Provisioning
import TicketSteps

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Shows what somebody changed in the account since `up`. Exit code 0: nothing, 2: drift.")

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var selectionOptions: SelectionOptions
    @Flag(help: "Print the differences as JSON.")
    var json = false

    func run() async throws {
        let stack = try stackOptions.load()
        let selection = try selectionOptions.selection(of: stack, refresh: true)
        let console = Console(json: json)
        let session = try await Session.open(stack, console)
        let drift = try await session.provisioner().drift(selection)
        let plan = Plan(
            stack: stack.name, account: session.account, toolVersion: Tickctl.version, entries: drift.outside)
        if json {
            Terminal.standardOutput(try SavedPlan.text(plan))
        } else {
            let renderer = PlanRenderer(style: console.outputStyle)
            for entry in drift.outside {
                Terminal.standardOutput(
                    "\(entry.step) \(entry.node.region)\n" + renderer.render(entry).joined(separator: "\n") + "\n")
            }
            Terminal.standardOutput(
                drift.outside.isEmpty
                    ? "no drift\n"
                    : "\(drift.outside.count) changed outside tickctl; `tickctl up --refresh` repairs them\n")
        }
        if !drift.pending.isEmpty {
            console.say(
                "\(drift.pending.count) more differ because the stack's values changed or were never applied: `tickctl plan`"
            )
        }
        if !drift.outside.isEmpty { throw ExitStatus.changes.exit }
    }
}
