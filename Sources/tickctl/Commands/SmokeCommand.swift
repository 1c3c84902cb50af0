import ArgumentParser
import CurlTransport
import Foundation

struct SmokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "smoke",
        abstract: "Buys one ticket through the HTTP API, and checks each step of the way.",
        discussion: """
            Health, readiness, cache headers and lifetime, waiting room, hold, payment intent and its replay, payment, \
            commit, order, release. The ticket is real: use an event that is meant for it. What is held and not bought is \
            given back. Exit code 1: a check failed.
            """)

    @Option(help: ArgumentHelp("Where the platform is, as https://tickets.example.com.", valueName: "URL"))
    var baseURL: String
    @Option(help: ArgumentHelp("Where the confirm role is, if elsewhere.", valueName: "URL"))
    var confirmURL: String?
    @Option(help: "The event to buy from.")
    var event = "event-0001"
    @Option(
        help: ArgumentHelp(
            "The environment variable that holds the payment provider's secret; with it the payment is reported.",
            valueName: "NAME"))
    var webhookSecretEnv: String?
    @Option(help: ArgumentHelp("Seconds to wait for an answer, for the admission and for the order.", valueName: "S"))
    var timeout = 30

    func validate() throws {
        try Self.validate(event: event, timeout: timeout)
        _ = try Self.root("--base-url", baseURL)
        _ = try confirmURL.map { try Self.root("--confirm-url", $0) }
    }

    static func validate(event: String, timeout: Int) throws {
        guard (1...3_600).contains(timeout) else {
            throw ValidationError("--timeout \(timeout): it is not within 1 to 3600 seconds")
        }
        let isID = event.utf8.allSatisfy { byte in
            Character(Unicode.Scalar(byte)).isLetter || (48...57).contains(byte) || [0x2D, 0x2E, 0x5F].contains(byte)
        }
        guard (1...128).contains(event.utf8.count), isID, event.allSatisfy(\.isASCII) else {
            throw ValidationError("--event: an id is 1 to 128 of A-Z a-z 0-9 . _ -")
        }
    }

    func run() async throws {
        let secret = try Self.secret(webhookSecretEnv)
        let transport = CurlTransport()
        let client = SmokeClient(
            transport: transport, publicURL: try Self.root("--base-url", baseURL),
            confirmURL: try Self.root("--confirm-url", confirmURL ?? baseURL), timeout: .seconds(timeout))
        Terminal.standardOutput(Self.row("CHECK", "RESULT", "MS"))
        var run = SmokeRun(
            client, eventID: event, webhookSecret: secret, patience: .seconds(timeout), report: Self.print)
        await run.run()
        await transport.shutdown()
        if let bought = run.purchase {
            Terminal.standardOutput(
                "bought \(bought.seatID) of \(event) for \(bought.amount) \(bought.currency): order \(bought.orderID), "
                    + "ticket \(bought.ticketID), key \(bought.idem)\n")
        }
        if run.hasFailed { throw ExitStatus.failure.exit }
    }

    /// - Parameter name: of the environment variable; nil: there is no secret.
    /// - Throws: `Refusal` when it is not set.
    static func secret(_ name: String?) throws -> [UInt8]? {
        guard let name else { return nil }
        guard let text = ProcessInfo.processInfo.environment[name].nonEmpty else {
            throw Refusal(description: "\(name) is not set: --webhook-secret-env names the variable with the secret")
        }
        return Array(text.utf8)
    }

    private static func row(_ name: String, _ result: String, _ milliseconds: String) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let right = String(repeating: " ", count: max(0, 7 - milliseconds.count)) + milliseconds
        return padded(name, 20) + padded(result, 8) + right + "\n"
    }

    private static func print(_ check: SmokeRun.Check) {
        switch check.result {
        case .passed: Terminal.standardOutput(row(check.name, "ok", "\(check.milliseconds)"))
        case .skipped(let why): Terminal.standardOutput(row(check.name, "skipped", "-") + "    \(why)\n")
        case .failed(let failure):
            Terminal.standardOutput(
                row(check.name, "FAILED", "\(check.milliseconds)")
                    + "    expected \(failure.expected)\n    got      \(failure.got)\n")
        }
    }

    /// "https://host:port/path" without a slash at the end.
    static func root(_ option: String, _ text: String) throws -> String {
        guard let url = URLComponents(string: text), ["http", "https"].contains(url.scheme?.lowercased()),
            url.host.nonEmpty != nil, url.query == nil, url.fragment == nil, url.user == nil
        else {
            throw ValidationError("\(option) \(text.prefix(80)): a URL like https://tickets.example.com is expected")
        }
        var root = text
        while root.hasSuffix("/") { root.removeLast() }
        return root
    }
}
