import ArgumentParser
import Foundation
import ServiceRoles
import Ticketing

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract:
            "Runs the ticketing services: the waiting room and holds, payment and commit, the worker, or all of them.",
        discussion: """
            With nothing configured it runs on one SQLite file and sells the demo event. Each store is chosen by its own \
            setting: DATABASE_URL (PostgreSQL), REDIS_URL, DDB_TABLE and SQS_URL with AWS_REGION. `--describe` lists what a \
            role needs. SIGTERM finishes what was accepted, within SHUTDOWN_GRACE seconds (25), and exits with 0.
            """)

    enum RoleName: String, ExpressibleByArgument, CaseIterable {
        case `public`, confirm, worker, all

        var roles: Set<Role> {
            Role(rawValue: rawValue).map { [$0] } ?? Set(Role.allCases)
        }
    }

    @Option(help: "What to run: \(RoleName.allCases.map(\.rawValue).joined(separator: ", ")).")
    var role: RoleName
    @Option(help: "Address to listen on. Default: 127.0.0.1 while everything is embedded, else 0.0.0.0.")
    var host: String?
    @Option(help: "Port of the service; 0: any. Default: PORT, or 3000.")
    var port: Int?
    @Option(help: "Port of GET /metrics; 0: any. Default: METRICS_PORT, or 9464.")
    var metricsPort: Int?
    @Option(help: "Folder of the embedded stores and of keys that no setting gives.")
    var dataDir = ".tickctl"
    @Flag(help: "Prints what the role needs (environment, secrets, AWS actions) and ends.")
    var describe = false
    @Flag(help: "With --describe: as JSON.")
    var json = false

    func validate() throws {
        for (name, value) in [("--port", port), ("--metrics-port", metricsPort)] {
            if let value, !(0...65_535).contains(value) {
                throw ValidationError("\(name) \(value): a port is a number from 0 to 65535")
            }
        }
        if json && !describe { throw ValidationError("--json goes with --describe; the log of serve is JSON anyway") }
    }

    func run() async throws {
        if describe {
            try printDescription()
            return
        }
        let environment = ProcessInfo.processInfo.environment
        let settings = try ServiceSettings(environment)
        try await Serving(
            roles: role.roles, settings: settings, environment: environment, host: host,
            port: port ?? settings.port ?? 3_000, metricsPort: metricsPort ?? settings.metricsPort ?? 9_464,
            folder: dataDir
        ).run()
    }

    private func printDescription() throws {
        let declarations = Role.allCases.filter { role.roles.contains($0) }.map(\.declaration)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Terminal.standardOutput(String(decoding: try encoder.encode(declarations), as: UTF8.self) + "\n")
            return
        }
        for declaration in declarations {
            var lines = ["\(declaration.role.rawValue): tickctl \(declaration.command.joined(separator: " "))"]
            lines += declaration.environment.map { "  \($0.name)  \($0.purpose)" }
            lines += declaration.secrets.map { "  \($0.name)  \($0.purpose) (secret)" }
            lines += declaration.grants.map { "  may \($0.actions.joined(separator: ", ")) on \($0.resource.rawValue)" }
            Terminal.standardOutput(lines.joined(separator: "\n") + "\n")
        }
    }
}
