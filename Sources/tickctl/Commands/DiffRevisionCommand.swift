import AWSCore
import AWSServices
import ArgumentParser
import Delivery
import Foundation
import TicketSteps

struct DiffRevisionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff-revision",
        abstract: "Shows what differs between two revisions of a service's task definition.",
        discussion: """
            What ECS fills in by itself, and the order in which it lists things, is no difference. A is shown before the \
            arrow, B after it. Exit code 0: they are the same; 2: they differ.
            """)

    @Argument(help: ArgumentHelp("A revision's number.", valueName: "A"))
    var first: Int
    @Argument(help: ArgumentHelp("Another one's.", valueName: "B"))
    var second: Int
    @OptionGroup var stackOptions: StackOptions
    @Option(help: "The service: public, confirm, worker.")
    var service = "public"
    @Option(help: "The region; default: the primary one.")
    var region: String?
    @Flag(help: "Print as JSON: a list of path, from, to.")
    var json = false

    func validate() throws {
        for number in [first, second] where number < 1 {
            throw ValidationError("\(number) is not a revision's number")
        }
    }

    func run() async throws {
        let stack = try stackOptions.load()
        let scene = try ReleaseScene(stack)
        var options = ReleaseOptions()
        options.services = [service]
        options.regions = [region ?? scene.primary]
        let target = try options.targets(scene)[0]
        let session = try await Session.open(stack, Console(json: json))
        try await session.proveAccount()
        var documents: [RevisionDocument] = []
        for number in [first, second] {
            let answer = try await session.client.send(
                ECS.DescribeTaskDefinitionDocument(taskDefinition: "\(target.family):\(number)", include: []),
                region: target.region)
            documents.append(RevisionDocument(answer.taskDefinition))
        }
        let differences = documents[0].differences(to: documents[1])
        if json {
            Terminal.standardOutput(try PrettyJSON.text(differences) + "\n")
        } else {
            for difference in differences {
                Terminal.standardOutput(
                    "\(difference.path): \(difference.from ?? "-") -> \(difference.to ?? "-")\n")
            }
        }
        if !differences.isEmpty { throw ExitStatus.changes.exit }
    }
}
