import ArgumentParser
import CurlTransport

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Asks a role on this machine whether it is ready: the health check of its container.",
        discussion: "The image has no shell and no curl. Exit code 0: answered 200, 1: anything else.")

    @Option(help: "The port on 127.0.0.1.")
    var port = 3000
    @Option(help: "The path to ask for.")
    var path = "/public/ready"
    @Option(help: "Seconds to wait for the answer.")
    var timeout = 3

    func run() async throws {
        let transport = CurlTransport()
        let url = "http://127.0.0.1:\(port)\(path)"
        let response = try await transport.send(HTTPRequest(method: "GET", url: url, timeout: .seconds(timeout)))
        guard response.status == 200 else {
            Terminal.standardError("\(url) answered \(response.status)\n")
            throw ExitStatus.failure.exit
        }
    }
}
