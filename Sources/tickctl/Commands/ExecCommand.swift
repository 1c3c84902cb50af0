import AWSCore
import AWSServices
import ArgumentParser
import Delivery
import Foundation
import TicketSteps
import Ticketing

struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Prints the command that opens a session in a task, after checking that it can work.",
        discussion: """
            The image holds tickctl and nothing else, so there is no shell: the default is `tickctl health`. Exit code 3: ECS \
            would refuse the session; what is missing is said.
            """)

    @OptionGroup var stackOptions: StackOptions
    @Argument(help: "public, confirm or worker.", transform: ServiceOptions.role)
    var service: Role
    @Argument(help: "A task's id, or its beginning, as `tickctl tasks` shows it. Default: the one started last.")
    var task: String?
    @Option(help: "The region. Default: the primary one.")
    var region: String?
    @Option(help: "What to run in the task's container.")
    var command: String?

    func run() async throws {
        let stack = try stackOptions.load()
        let place = try RegionOptions.region(region, of: stack)
        let session = try await Session.open(stack, Console(json: false))
        let running = try await session.tasks(of: [service], in: [place]).filter { $0.stopped == nil }
        let chosen = running.filter { task == nil || $0.task.hasPrefix(task ?? "") }
        guard let target = chosen.first else {
            throw Refusal(
                description: task.map { "no task of \(service.rawValue) that begins with \($0) runs in \(place.name)" }
                    ?? "no task of \(service.rawValue) runs in \(place.name)" + "; `tickctl tasks` lists them")
        }
        if let task, chosen.count > 1 {
            throw Refusal(description: "\(chosen.count) tasks begin with \(task): give more of the id")
        }
        let declaration = service.declaration
        let health = declaration.healthPath ?? "/metrics"
        let command =
            command
            ?? "/usr/local/bin/tickctl health --port \(declaration.port ?? declaration.metricsPort) --path \(health)"
        Terminal.standardOutput(
            "aws ecs execute-command --region \(place.name) --cluster \(stack.clusterName) --task \(target.task) "
                + "--container \(service.rawValue) --interactive --command \(Self.quoted(command))\n")
        let missing = try await missing(target, session, place)
        Terminal.standardError(
            "It needs the AWS CLI with its session-manager-plugin on this machine, and ecs:ExecuteCommand on the task.\n"
        )
        guard missing.isEmpty else {
            throw Refusal(
                description: "ECS would refuse it: "
                    + missing.joined(separator: "; ")
                    + ". The stack keeps its tasks closed on purpose: `tickctl logs` and `tickctl tasks` tell most, and a "
                    + "change of these settings replaces every task")
        }
    }

    /// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations
    private func missing(_ task: TaskReport, _ session: Session, _ region: Stack.Region) async throws -> [String] {
        var missing: [String] = []
        if !task.takesCommands {
            missing.append(
                "the task was started without enableExecuteCommand (`aws ecs update-service --enable-execute-command "
                    + "--force-new-deployment`)")
        }
        let definition = try await session.client.send(
            ECS.DescribeTaskDefinition(
                taskDefinition: "\(session.stack.programName(service)):\(task.revision)", include: []),
            region: region.name
        ).taskDefinition
        if definition.containerDefinitions.contains(where: {
            $0.name == service.rawValue && $0.readonlyRootFilesystem == true
        }) {
            missing.append("its root file system is read-only, and the session's agent must write to it")
        }
        return missing
    }

    /// In single quotes for a shell.
    private static func quoted(_ text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
