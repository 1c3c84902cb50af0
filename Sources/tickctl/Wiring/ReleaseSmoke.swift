import AWSCore
import AWSServices
import ArgumentParser
import CurlTransport
import Delivery
import Foundation
import TicketSteps

/// How a deploy buys its ticket in each region.
struct ReleaseSmokeOptions: ParsableArguments {
    @Option(
        name: .customLong("base-url"),
        help: ArgumentHelp(
            "Where a region is reached; may be repeated. Default: its load balancer.", valueName: "REGION=URL"))
    var baseURLs: [String] = []
    @Option(help: "The event to buy a ticket of.")
    var smokeEvent = "event-0001"
    @Option(
        help: ArgumentHelp(
            "The environment variable that holds the payment provider's secret.", valueName: "NAME"))
    var webhookSecretEnv: String?
    @Option(help: ArgumentHelp("Seconds to wait for an answer of the smoke test.", valueName: "S"))
    var smokeTimeout = 30
    @Flag(help: "Buy no ticket: the release then never counts as known good.")
    var noSmoke = false

    func validate() throws {
        guard (1...3_600).contains(smokeTimeout) else {
            throw ValidationError("--smoke-timeout \(smokeTimeout): it is not within 1 to 3600 seconds")
        }
        for given in baseURLs {
            guard let equals = given.firstIndex(of: "=") else {
                throw ValidationError("--base-url \(given.prefix(80)): REGION=URL is expected")
            }
            _ = try SmokeCommand.root("--base-url", String(given[given.index(after: equals)...]))
        }
    }

    /// nil: no ticket is bought.
    /// - Throws: `Refusal` when a region's address or the secret is not known.
    func smoke(
        _ scene: ReleaseScene, _ session: Session, regions: [String]
    ) async throws -> (@Sendable (String) async -> String?)? {
        guard !noSmoke else { return nil }
        let secret = try webhookSecretEnv.map { name in
            guard let text = session.environment[name].nonEmpty else {
                throw Refusal(
                    description: "\(name) is not set: --webhook-secret-env names the variable with the secret")
            }
            return Array(text.utf8)
        }
        var urls: [String: String] = [:]
        for region in regions { urls[region] = try await url(of: region, scene, session) }
        let (event, timeout, known) = (smokeEvent, smokeTimeout, urls)
        return { region in
            guard let url = known[region] else { return "its address is not known" }
            let transport = CurlTransport()
            let client = SmokeClient(
                transport: transport, publicURL: url, confirmURL: url, timeout: .seconds(timeout))
            var failures: [String] = []
            var run = SmokeRun(
                client, eventID: event, webhookSecret: secret, patience: .seconds(timeout),
                report: { check in
                    if case .failed(let failure) = check.result {
                        failures.append("\(check.name): expected \(failure.expected), got \(failure.got)")
                    }
                })
            await run.run()
            await transport.shutdown()
            return run.hasFailed ? failures.first ?? "a check was skipped" : nil
        }
    }

    private func url(of region: String, _ scene: ReleaseScene, _ session: Session) async throws -> String {
        if let given = baseURLs.last(where: { $0.hasPrefix("\(region)=") }) {
            return try SmokeCommand.root("--base-url", String(given.dropFirst(region.count + 1)))
        }
        guard scene.stack.regions.first(where: { $0.name == region })?.certificate == nil else {
            throw Refusal(
                description:
                    "\(region): its certificate is for a name that only you know: give --base-url \(region)=https://..., or "
                    + "--no-smoke")
        }
        let name = scene.loadBalancers[region] ?? ""
        let found = try await session.client.send(ELBv2.DescribeLoadBalancers(names: [name]), region: region)
        guard let host = found.loadBalancers.first?.dnsName else {
            throw Refusal(description: "\(region): there is no load balancer \(name); `tickctl up --step 05-services`")
        }
        return "http://\(host)"
    }
}
