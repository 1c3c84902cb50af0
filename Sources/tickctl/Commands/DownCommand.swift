import AWSResources
import ArgumentParser
import Provisioning
import TicketSteps

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Takes the stack away; data and what it stands on stay unless both keys are given.",
        discussion: """
            Without keys, step 03 (queues, tables, Redis, Aurora, secrets) and the network it stands in stay. With \
            --destroy-data and --confirm STACK a final snapshot of each Aurora cluster is taken and verified first. \
            Service-linked roles, a GitHub OIDC provider that was there before, final snapshots, secrets in their \
            recovery window and the lock table of an account with other stacks always stay.
            """)

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var selectionOptions: SelectionOptions
    @OptionGroup var freezeOptions: FreezeOptions
    @Flag(help: "Also delete queues, tables, Redis, Aurora and secrets.")
    var destroyData = false
    @Option(help: "The stack's name, typed out: the second key of --destroy-data.")
    var confirm: String?
    @Flag(help: "Do not ask before changing anything.")
    var yes = false
    @Flag(help: "Print events as JSON lines on stdout (docs/events.md).")
    var json = false

    func run() async throws {
        let stack = try stackOptions.load()
        if destroyData && confirm != stack.name {
            throw Refusal(
                description: "--destroy-data deletes the sale's data and needs a second key: --confirm \(stack.name); "
                    + "nothing was called")
        }
        let selection = try selectionOptions.selection(of: stack, refresh: true)
        let console = Console(json: json)
        let session = try await Session.open(stack, console)
        let removal = try await session.remover(selection, destroyData: destroyData, freezeOptions)
        if !removal.kept.isEmpty {
            console.say(
                "keeps \(removal.kept.count) resources: data, and what it stands on (see `tickctl down --help`)")
        }
        let isAgreed = yes || destroyData
        let request = Provisioner<AWSCloud>.Request(
            removal.selection, operation: .down, confirm: { console.confirm($0, isAgreed: isAgreed) })
        let summary = try await console.follow(session) { try await removal.provisioner.apply(request) }
        try console.conclude(summary, stop: session.stop)
    }
}
