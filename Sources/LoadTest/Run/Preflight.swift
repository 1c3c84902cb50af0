internal import NIOCore
internal import NIOSSL

/// Asks the platform a few questions before a run: a run against the wrong thing must not take half an hour to say so.
public enum Preflight {
    private static let mostMilliseconds = 10_000

    /// - Throws: `LoadTestError`: `target` when there is no answer, `contract` when it is not the platform's.
    public static func check(_ order: WorkerOrder) async throws {
        let publicEndpoint = try Endpoint(order.publicURL)
        let confirmEndpoint = try Endpoint(order.confirmURL)
        let usesTLS = publicEndpoint.isTLS || confirmEndpoint.isTLS
        let tls = usesTLS ? try ClientTLS.context(authorityFile: order.authorityFile) : nil
        let resolution = try await offloaded { try Resolution(publicEndpoint) }
        let timeout = TimeAmount.milliseconds(
            Int64(min(mostMilliseconds, order.scenario.limits.timeoutMilliseconds)))
        func ask(_ target: String, _ endpoint: Endpoint, _ resolution: Resolution) async throws -> Response {
            let response = try await Probe.get(
                target, endpoint, resolution, tls: endpoint.isTLS ? tls : nil, timeout: timeout)
            guard response.status == 200 else {
                throw LoadTestError(
                    .contract,
                    "\(endpoint)\(target) answered \(response.status): \(excerpt(response.body))",
                    next: "check the URL, and the events and sections of the scenario")
            }
            return response
        }
        if order.scenario.mix.reads > 0 {
            for target in order.scenario.readTargets {
                let response = try await ask(target, publicEndpoint, resolution)
                guard target.hasPrefix("/public/summary/") else { continue }
                guard let _: Answers.Summary = Answers.decode(response.body) else {
                    throw wrong("\(publicEndpoint)\(target)", "event, section, seatsAvailable", response)
                }
            }
        }
        guard order.scenario.hasSessions else { return }
        for event in order.scenario.events {
            for section in event.sections {
                let target = "/public/summary/\(event.id)/\(section.id)"
                let response = try await ask(target, publicEndpoint, resolution)
                guard let _: Answers.Summary = Answers.decode(response.body) else {
                    throw wrong("\(publicEndpoint)\(target)", "event, section, seatsAvailable", response)
                }
            }
        }
        let confirmResolution = try await offloaded { try Resolution(confirmEndpoint) }
        _ = try await ask("/confirm/health", confirmEndpoint, confirmResolution)
    }

    private static func wrong(_ url: String, _ fields: String, _ response: Response) -> LoadTestError {
        LoadTestError(
            .contract, "\(url) has no \(fields), but \(excerpt(response.body))",
            next: "check that the URL is that of the public role")
    }

    private static func excerpt(_ body: ByteBuffer) -> String {
        let text = String(buffer: body).prefix(120).map { $0.isNewline ? " " : $0 }
        return text.isEmpty ? "an empty body" : "\"\(String(text))\""
    }
}
