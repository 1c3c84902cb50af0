internal import Foundation

/// What a run came to, before it is judged.
public struct RunOutcome: Sendable {
    struct Abortion: Sendable, Codable, Equatable {
        /// An `AbortRules.Rule`.
        var rule: String
        var reason: String
        /// Of the run.
        var second: Int
    }

    let begin: Date
    let workers: Int
    var totals = Totals()
    var series = TimeSeries()
    /// Requests that were due, up to the end or the order to stop.
    var due = 0.0
    var abort: Abortion?
    var interruption: String?
    var lostWorkers: [String] = []

    init(begin: Date, workers: Int) {
        self.begin = begin
        self.workers = workers
    }

    /// What workers measured, or told of their purchases, is missing.
    public mutating func note(lacks: [String]) { lostWorkers += lacks }
}

/// A second of a run as it is shown while the run goes on.
public struct LiveSecond: Sendable {
    public var second: Int
    public var phase: String
    public var due: Double
    public var answered: Int
    public var errors: Int
    /// In microseconds.
    public var p50: UInt64
    public var p95: UInt64
    public var p99: UInt64
    public var lagP99: UInt64
    public var connections: Int

    init(_ window: Window, due: Double, of scenario: Scenario) {
        second = window.second
        self.due = due
        let tally = Tally(window)
        answered = tally.answered
        errors = tally.all - tally.answered
        var latency = LatencyHistogram.Bins()
        for part in window.classes.values { latency.merge(part.latency) }
        p50 = latency.percentile(50)
        p95 = latency.percentile(95)
        p99 = latency.percentile(99)
        lagP99 = window.lag.percentile(99)
        connections = window.connections
        var end = 0.0
        phase =
            scenario.phases.first { phase in
                end += phase.seconds
                return Double(window.second) < end
            }?.name ?? "drain"
    }
}
