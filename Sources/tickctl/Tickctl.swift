import AWSResources
import ArgumentParser
import Foundation

/// The command line. What each command prints is for people unless `--json` is given; data goes to stdout, progress and
/// errors to stderr.
@main
struct Tickctl: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tickctl",
        abstract: "Provisions and operates a ticketing platform for extreme load on AWS.",
        discussion: """
            Begin with `tickctl doctor`, then `tickctl plan` and `tickctl up`.
            Exit codes: 0 done; 1 failed; 2 there are changes (plan, drift) or differences (reconcile); 3 refused before any \
            change; 4 locked by another run; 5 credentials missing, expired or of another account; 6 a load test that \
            measured nothing; 11 to 19 wave 1 to 9 of a deploy or rollback failed and was undone; 20 it could not be undone; \
            64 bad usage or stack file; 130 interrupted.
            """,
        version: version,
        subcommands: [],
        groupedSubcommands: [
            CommandGroup(
                name: "Provision",
                subcommands: [UpCommand.self, PlanCommand.self, DownCommand.self, DriftCommand.self]),
            CommandGroup(
                name: "Look",
                subcommands: [
                    StatusCommand.self, VerifyCommand.self, OutputsCommand.self, DoctorCommand.self,
                    ExplainCommand.self,
                ]),
            CommandGroup(
                name: "Prepare",
                subcommands: [
                    StackCommand.self, StampsCommand.self, IAMCommand.self, ImageCommand.self, DatabaseCommand.self,
                ]),
            CommandGroup(
                name: "Deliver",
                subcommands: [
                    DeployCommand.self, RollbackCommand.self, ReleasesCommand.self, DiffRevisionCommand.self,
                ]),
            CommandGroup(name: "Serve", subcommands: [ServeCommand.self, HealthCommand.self, SmokeCommand.self]),
            CommandGroup(name: "Measure", subcommands: [EndToEndCommand.self, LoadCommand.self]),
            CommandGroup(
                name: "Operate",
                subcommands: [
                    LogsCommand.self, TasksCommand.self, ExecCommand.self, FreezeCommand.self, UnfreezeCommand.self,
                    RoomCommand.self, OrdersCommand.self, DeadLetterCommand.self, ReconcileCommand.self,
                ]),
        ])

    static func main() async {
        // A write past a file size limit or into a closed pipe is an error to report, not a death.
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        // Scripts ask for it often, and building the tree of commands takes longer than all the rest of the start.
        if CommandLine.arguments.dropFirst().elementsEqual(["--version"]) {
            return Terminal.standardOutput(version + "\n")
        }
        do {
            var command = try parseAsRoot()
            if var asyncCommand = command as? any AsyncParsableCommand {
                try await asyncCommand.run()
            } else {
                try command.run()
            }
        } catch let error as ExitCode {
            Foundation.exit(error.rawValue)
        } catch let error where isOurs(error) {
            let advice = AWSErrors().advice(on: error).map { "; \($0)" } ?? ""
            Terminal.standardError("error: \(error)\(advice)\n")
            Foundation.exit(ExitStatus.of(error).rawValue)
        } catch {
            exit(withError: error)
        }
    }

    /// ArgumentParser prints its own errors, with usage; everything else is the command's.
    private static func isOurs(_ error: any Error) -> Bool {
        let module = String(reflecting: type(of: error)).prefix { $0 != "." }
        return module != "ArgumentParser"
    }
}
