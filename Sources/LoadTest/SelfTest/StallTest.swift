internal import NIOCore

/// Shows that the generator does not flatter: a server that freezes for a second in a run of four must move the p99 of the
/// latency to about a second, although hardly any request was sent in that second by a generator that waits for answers.
public struct StallTest: Sendable {
    public static let freeze: Duration = .seconds(1)
    private static let rate = 200.0
    private static let seconds = 4.0

    /// In milliseconds.
    public var steadyP99: Double
    public var frozenP99: Double
    public var frozenRequests: Int

    /// Of the requests a quarter is due while the server is frozen: the worst of a hundred waits nearly all of it.
    public var hasPassed: Bool { frozenP99 >= 900 && steadyP99 < frozenP99 / 2 }

    /// Takes about nine seconds.
    public static func run() async throws -> StallTest {
        let steady = try await p99(isFrozen: false)
        let frozen = try await p99(isFrozen: true)
        return StallTest(steadyP99: steady.p99, frozenP99: frozen.p99, frozenRequests: frozen.count)
    }

    private static func p99(isFrozen: Bool) async throws -> (p99: Double, count: Int) {
        let server = try await InjectedServer()
        let order = WorkerOrder.reads(rate: rate, seconds: seconds, url: server.url)
        let coordinator = Coordinator([LoadEngine(order, secret: nil)], scenario: order.scenario) { _ in }
        if isFrozen { server.freeze(after: .seconds(2), for: .seconds(1)) }
        do {
            let outcome = try await coordinator.run()
            await server.stop()
            return (Double(outcome.totals.latency.percentile(99)) / 1_000, Int(outcome.totals.latency.count))
        } catch {
            await server.stop()
            throw error
        }
    }
}

extension WorkerOrder {
    /// Reads of "/" at a constant rate, with no rule that ends the run.
    static func reads(rate: Double, seconds: Double, url: String) -> WorkerOrder {
        var scenario = Scenario()
        scenario.name = "reads"
        scenario.phases = [.init(name: "constant", fromRate: rate, toRate: rate, seconds: seconds)]
        scenario.mix = .init(reads: 1, confirm: 0, worker: 0)
        scenario.reads = ["/"]
        scenario.drainSeconds = 30
        scenario.abort.heldSeconds = 0
        scenario.abort.p95Seconds = 0
        scenario.abort.serverErrorSeconds = 0
        return WorkerOrder(
            scenario: scenario, seed: 1, runID: "selftest", publicURL: url, confirmURL: url, isPaid: false, loops: 1)
    }
}
