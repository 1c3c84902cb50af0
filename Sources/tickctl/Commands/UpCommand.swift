import AWSResources
import ArgumentParser
import Foundation
import Provisioning
import TicketSteps

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Makes the stack, or brings it to what its values say.",
        discussion: """
            Steps whose stamp matches are skipped without a call. A run that was killed is simply started again: it \
            looks up what may have happened and goes on. Ctrl-C once ends it after the calls under way.
            """)

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var selectionOptions: SelectionOptions
    @OptionGroup var freezeOptions: FreezeOptions
    @Flag(help: "Also run the steps that the chosen ones need and that were never made.")
    var withDependencies = false
    @Option(name: .customLong("plan"), help: "Run exactly the plan written by `tickctl plan --out FILE`, or refuse.")
    var planFile: String?
    @Flag(help: "Ask AWS about everything, whatever the stamps say.")
    var refresh = false
    @Flag(help: "Do not ask before changing anything.")
    var yes = false
    @Flag(help: "Print events as JSON lines on stdout (docs/events.md).")
    var json = false
    @Flag(name: .customLong("no-wait"), help: "Do not wait for slow resources on which nothing else waits.")
    var noWait = false

    func run() async throws {
        let stack = try stackOptions.load()
        let saved = try planFile.map(SavedPlan.read)
        let selection = try selectionOptions.selection(
            of: stack, refresh: refresh || saved != nil, withDependencies: withDependencies)
        if !selectionOptions.steps.isEmpty {
            // Before the account is asked for: this much the stamps alone can tell.
            try selection.requireDependencies(
                in: StackGraph.sample(of: stack).graph, stamps: StampStore(root: ".stamps", stack: stack.name))
        }
        let console = Console(json: json)
        let session = try await Session.open(stack, console)
        let provisioner = try await session.provisioner(freezeOptions)
        let isAgreed = yes || saved != nil
        let request = Provisioner<AWSCloud>.Request(
            selection, waits: !noWait, savedPlan: saved, confirm: { console.confirm($0, isAgreed: isAgreed) })
        let summary = try await console.follow(session) { try await provisioner.apply(request) }
        try console.conclude(summary, stop: session.stop)
    }
}
