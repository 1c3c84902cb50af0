import AWSCore
import AWSServices
import CurlTransport
import Foundation

/// Compares this machine's clock with the Date header of a region's STS: signatures are refused beyond five minutes, and
/// leases, bake times and log queries count on the clock.
struct ClockCheck {
    static let tolerance: TimeInterval = 60

    private let verification: Verification
    private let region: String

    init(_ verification: Verification, _ region: String) {
        self.verification = verification
        self.region = region
    }

    func findings() async -> [VerifyFinding] {
        await verification.looking(for: .clock, region: region, subject: "this machine's clock") {
            let configuration = verification.client.configuration
            let url = try configuration.endpoints.endpoint(of: STS.service, region: region).url
            let before = configuration.time.date()
            // Unsigned: a wrong clock must not keep the answer from coming. Its status does not matter.
            let answer = try await verification.transport.send(
                HTTPRequest(method: "GET", url: url + "/", timeout: .seconds(20)))
            let after = configuration.time.date()
            guard let text = answer.headers["date"], let date = Date(httpText: text) else {
                throw finding("\(url) answered without a time (HTTP \(answer.status))", next: "look what answers there")
            }
            // Within the exchange, give or take the second that the header cannot tell.
            let ahead = before.timeIntervalSince(date) - 1
            let behind = date.timeIntervalSince(after)
            guard max(ahead, behind) > Self.tolerance else { return [] }
            let seconds = Int(max(ahead, behind).rounded())
            return [
                finding(
                    "is \(seconds) s \(ahead > behind ? "ahead of" : "behind") \(url)",
                    next: "set it, for example with `timedatectl set-ntp true`")
            ]
        }
    }

    private func finding(_ problem: String, next: String) -> VerifyFinding {
        VerifyFinding(.clock, region: region, subject: "this machine's clock", problem: problem, next: next)
    }
}
