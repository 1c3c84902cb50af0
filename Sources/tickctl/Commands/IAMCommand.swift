import AWSResources
import ArgumentParser
import Foundation
import Provisioning
import TicketSteps

struct IAMCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iam", abstract: "What a run may need to be allowed.", subcommands: [Policy.self])

    struct Policy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "policy",
            abstract: "Prints the least-privilege policy that commands on this stack need.",
            discussion: """
                --for run: up, plan and down; --for plan: only what reads of it; --for deploy: deploy, rollback and releases, \
                as the deploy role of step 02 has it; --for operate: verify, logs, tasks, exec, status --watch and freeze; \
                --for load: load run with --region or --cloudwatch. \
                The account is that of AWS_ACCOUNT_ID, the stack file, a stamp, or the credentials. A managed policy may have \
                6,144 characters without white space: --split prints one a line, each small enough.
                """)

        @OptionGroup var stackOptions: StackOptions
        enum Purpose: String, ExpressibleByArgument, CaseIterable { case run, plan, deploy, operate, load }

        @Option(name: .customLong("for"), help: "run, plan, deploy, operate or load.")
        var purpose = Purpose.run
        @Flag(help: "Print several policies, one a line, each within IAM's limit for managed policies.")
        var split = false

        func run() async throws {
            let stack = try stackOptions.load()
            let session = try await Session.open(stack, Console(json: false))
            let graph = try await session.graph()
            let run = RunPolicy(graph, account: session.account, partition: session.partition)
            let policy =
                switch purpose {
                case .run: run
                case .plan: run.readOnly
                case .deploy: RunPolicy.deploy(stack, try await session.context())
                case .operate: RunPolicy.operate(stack, try await session.context())
                case .load: RunPolicy.load(stack, try await session.context())
                }
            if split {
                for document in try policy.split(limit: RunPolicy.managedPolicyLimit) {
                    Terminal.standardOutput(document + "\n")
                }
            } else {
                Terminal.standardOutput(try policy.json + "\n")
            }
        }
    }
}
