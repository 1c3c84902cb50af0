import AWSResources
import ArgumentParser
import Foundation
import Provisioning
import TicketSteps

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explains a resource, a resource type, a step or an error. No call is made.",
        discussion:
            "Examples: tickctl explain vpc, tickctl explain ec2:natgateway, tickctl explain 03-dataplane, tickctl explain AccessDenied"
    )

    @OptionGroup var stackOptions: StackOptions
    @Argument(help: "A resource's name as plans show it, its type, a step, or an error's code.")
    var subject: String

    func run() async throws {
        if let topic = ErrorTopic.find(subject) {
            Terminal.standardOutput(topic.text + "\n")
            return
        }
        let stack = try stackOptions.load()
        let graph = try StackGraph.sample(of: stack).graph
        let wanted = subject.lowercased()
        let nodes = graph.nodes.filter {
            $0.id.name == wanted || $0.id.description == wanted || $0.type.lowercased() == wanted
                || $0.step.name == wanted
        }
        guard let first = nodes.first else {
            let types = Set(graph.nodes.map(\.type)).sorted().joined(separator: ", ")
            throw ValidationError(
                "nothing here is called \(subject). Types: \(types). Steps: "
                    + "\(StackGraph.steps.map(\.name).joined(separator: ", ")). Errors: \(ErrorTopic.all.map(\.code).joined(separator: ", "))"
            )
        }
        if first.step.name == wanted {
            Terminal.standardOutput("\(first.step)\n")
            for node in nodes where node.id.region == first.id.region && node.presence == .present {
                Terminal.standardOutput("  \(node.id.name.padded(to: 26)) \(node.type)\n")
            }
            return
        }
        Terminal.standardOutput("\(first.type)\n\(Swift.type(of: first.resource).explanation)\n")
        for node in nodes where node.presence == .present {
            let needs = node.dependencies.map(\.name).joined(separator: ", ")
            let users = graph.nodes.filter { $0.dependencies.contains(node.id) }.map(\.id.name).joined(separator: ", ")
            Terminal.standardOutput(
                "\(node.id)  step \(node.step)\n  needs: \(needs.isEmpty ? "nothing" : needs)\n"
                    + "  is needed by: \(users.isEmpty ? "nothing" : users)\n")
        }
    }
}

/// What an error means here, and what to do: what, why, next.
struct ErrorTopic {
    var code: String
    var text: String

    static func find(_ code: String) -> ErrorTopic? {
        all.first { $0.code.lowercased() == code.lowercased() }
    }

    static let all = [
        ErrorTopic(
            code: "foreign",
            text: """
                A resource of that name exists without this stack's tags (tickctl:stack, tickctl:id), so it is somebody
                else's: it is never adopted, changed or deleted.
                Next: give the stack another name (APP_NAME), or rename or delete the other resource. Only if you are sure
                that it is this stack's, put the two tags on it and run `tickctl plan`.
                """),
        ErrorTopic(
            code: "locked",
            text: """
                Another run of this stack holds the lock in the DynamoDB table tickctl-lock: `tickctl status` shows who.
                A run renews its lease every few seconds. A dead run's lock is taken once its lease of 30 s is over, on the
                same machine at once.
                Next: wait for the other run to end.
                """),
        ErrorTopic(
            code: "immutable",
            text: """
                AWS cannot change that setting of an existing resource, and tickctl never replaces one that may carry traffic
                or data.
                Next: put the old value back; or take the step down (`tickctl down --step STEP`) and make it again, where
                losing it is acceptable.
                """),
        ErrorTopic(
            code: "missingDependency",
            text: """
                The chosen step needs outputs of steps that have no stamp here.
                Next: run those first, or add --with-dependencies; if they stand already, `tickctl stamps rebuild`.
                """),
        ErrorTopic(
            code: "stalePlan",
            text: """
                The account or the stack's values changed since the plan was saved, so that something else would be done.
                Next: `tickctl plan --out FILE`, read it, and run it.
                """),
        ErrorTopic(
            code: "AccessDenied",
            text: """
                The credentials are not allowed that action on that resource; AWS names both in its message.
                Next: attach what `tickctl iam policy` prints to the role that runs tickctl. An explicit deny or a service
                control policy of the organisation wins over it.
                """),
        ErrorTopic(
            code: "ExpiredToken",
            text: """
                The credentials expired in the middle of the run and could not renew themselves.
                Next: sign in again (`aws sso login`), or use a profile with role_arn, which renews; then run `tickctl up`
                again: it goes on from where it stopped.
                """),
        ErrorTopic(
            code: "RequestTimeTooSkewed",
            text: """
                This machine's clock is far from AWS's. tickctl corrects it once by the Date header of the answer; a second
                refusal is reported.
                Next: set the clock (`timedatectl set-ntp true`).
                """),
        ErrorTopic(
            code: "DependencyViolation",
            text: """
                Something still uses the resource that is to be deleted: usually network interfaces of a load balancer, of
                Fargate tasks, RDS or ElastiCache, which AWS takes minutes to remove.
                Next: run `tickctl down` again; the error names the interfaces that block.
                """),
        ErrorTopic(
            code: "storage",
            text: """
                The journal or a stamp under .stamps could not be written. No call is made whose intent cannot be written
                down first, so nothing is lost.
                Next: make room (`df .`) or make the folder writable, and run `tickctl up` again.
                """),
    ]
}
