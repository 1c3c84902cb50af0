import ArgumentParser
import Delivery
import Provisioning
import TicketSteps

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Looks at everything that a deployment stands on, and prints all that is wrong at once.",
        discussion: """
            Roles, image, secrets, log groups, ports, health paths, addresses, quotas, clock. Changes nothing. `deploy` does \
            this first, and begins with warnings (too few addresses, too low a quota) but not with errors. Exit code 0: \
            nothing is wrong; 1: something is, or could not be looked at.
            """)

    @OptionGroup var stackOptions: StackOptions
    @OptionGroup var regionOptions: RegionOptions
    @Flag(help: "Print as JSON: a list of check, severity, region, subject, problem, next.")
    var json = false

    func run() async throws {
        let stack = try stackOptions.load()
        let regions = try regionOptions.regions(of: stack)
        let console = Console(json: json)
        let session = try await Session.open(stack, console)
        try await session.proveAccount()
        let findings = try await session.verification(regions: regions).findings()
        if json {
            Terminal.standardOutput(try PrettyJSON.text(findings) + "\n")
        } else if findings.isEmpty {
            Terminal.standardOutput(
                console.outputStyle.green("ok")
                    + "  nothing is wrong in \(regions.map(\.name).joined(separator: ", "))\n"
            )
        } else {
            let style = console.outputStyle
            for finding in findings {
                let place = "\(finding.region.padded(to: 15)) \(finding.check.rawValue.padded(to: 19))"
                let mark = finding.severity == .error ? style.red(place) : style.yellow(place)
                Terminal.standardOutput(
                    "\(mark) \(finding.subject): \(finding.problem)\n    \(style.dim("next: \(finding.next)"))\n"
                )
            }
            let errors = findings.count { $0.severity == .error }
            Terminal.standardError("\(errors) errors, \(findings.count - errors) warnings\n")
        }
        if !findings.isEmpty { throw ExitStatus.failure.exit }
    }
}
