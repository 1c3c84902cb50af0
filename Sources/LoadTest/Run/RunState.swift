internal import Foundation

/// Where a run stands: a pure account of what the workers said.
struct RunState {
    private enum Standing {
        case working, finished, lost
    }

    private let scenario: Scenario
    private let curve: RateCurve
    private let begin: Date
    private var standings: [Standing]
    private var lastHeard: [Date]
    private var waiting: [Int: [Int: Window]] = [:]
    /// The last second that each worker told of.
    private var told: [Int]
    private var next = 0
    private var rules: AbortRules
    private var hasToStop = false
    private var isStopping = false
    private(set) var outcome: RunOutcome

    init(scenario: Scenario, workers: Int, begin: Date) {
        self.scenario = scenario
        self.begin = begin
        curve = scenario.requestCurve
        standings = Array(repeating: .working, count: workers)
        lastHeard = Array(repeating: begin, count: workers)
        told = Array(repeating: -1, count: workers)
        rules = AbortRules(scenario.abort)
        outcome = RunOutcome(begin: begin, workers: workers)
    }

    var isOver: Bool { !standings.contains(.working) && waiting.isEmpty }

    mutating func add(_ window: Window, from worker: Int) {
        guard standings[worker] == .working, window.second == told[worker] + 1 else { return }
        lastHeard[worker] = Date()
        told[worker] = window.second
        waiting[window.second, default: [:]][worker] = window
    }

    mutating func finish(_ worker: Int) {
        if standings[worker] == .working { standings[worker] = .finished }
    }

    mutating func lose(_ worker: Int, _ reason: String) {
        guard standings[worker] == .working else { return }
        standings[worker] = .lost
        outcome.lostWorkers.append(reason)
        order()
    }

    mutating func interrupt(_ reason: String) {
        if outcome.interruption == nil { outcome.interruption = reason }
        order()
    }

    private mutating func order() {
        if !isStopping { hasToStop = true }
    }

    /// Whether the workers are to be stopped now; true once.
    mutating func takeStopOrder() -> Bool {
        guard hasToStop, !isStopping else { return false }
        isStopping = true
        return true
    }

    /// Workers that have told of nothing for `limit`.
    func silent(for limit: Duration) -> [Int] {
        let now = Date()
        return standings.indices.filter {
            standings[$0] == .working && now.timeIntervalSince(lastHeard[$0]) > limit / .seconds(1)
        }
    }

    /// The seconds of which every worker has told that still works.
    mutating func completed() -> [LiveSecond] {
        var seconds: [LiveSecond] = []
        while let parts = waiting[next], standings.indices.allSatisfy({ standings[$0] != .working || told[$0] >= next })
        {
            waiting[next] = nil
            var window = Window(second: next)
            for worker in parts.keys.sorted() { if let part = parts[worker] { window.merge(part) } }
            // After an order to stop, nothing more is due.
            let due =
                isStopping ? 0 : curve.count(beforeSecond: Double(next + 1)) - curve.count(beforeSecond: Double(next))
            outcome.totals.add(window)
            outcome.series.add(window, due: due)
            outcome.due += due
            if outcome.abort == nil, let (rule, reason) = rules.judge(window, due: due) {
                outcome.abort = RunOutcome.Abortion(rule: rule.rawValue, reason: reason, second: next)
                order()
            }
            seconds.append(LiveSecond(window, due: due, of: scenario))
            next += 1
        }
        return seconds
    }
}
