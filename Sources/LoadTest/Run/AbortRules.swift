/// Stops a run whose result is already known: judged after every second, over windows of the scenario's length.
struct AbortRules: Sendable {
    enum Rule: String, Sendable, Codable, CaseIterable {
        /// The platform did not answer as many requests as were due.
        case targetNotHeld
        case latency
        case serverErrors
    }

    private struct Streak: Sendable {
        var seconds = 0

        /// - Returns: whether it has lasted for `limit`, which is not 0.
        mutating func extend(_ isBad: Bool, limit: Double) -> Bool {
            seconds = isBad ? seconds + 1 : 0
            return limit > 0 && Double(seconds) >= max(1, limit)
        }
    }

    private let abort: Scenario.Abort
    private var notHeld = Streak()
    private var slow = Streak()
    private var recent: [(errors: Int, all: Int)] = []

    init(_ abort: Scenario.Abort) { self.abort = abort }

    /// - Parameters:
    ///   - window: the next second of the run.
    ///   - due: requests due in it; 0 after the schedule's end, when nothing is judged any more.
    /// - Returns: the rule that ends the run, and why.
    mutating func judge(_ window: Window, due: Double) -> (Rule, String)? {
        guard due > 0 else { return nil }
        let tally = Tally(window)
        // Below one request a second a single one would decide.
        let isShort = Double(tally.answered) < due * abort.heldShare - 1
        if notHeld.extend(isShort, limit: abort.heldSeconds) {
            return (
                .targetNotHeld,
                "for \(notHeld.seconds) s fewer than \(percent(abort.heldShare)) of the requests that were due were "
                    + "answered; in the last second \(tally.answered) of \(Int(due.rounded()))"
            )
        }
        var latency = LatencyHistogram.Bins()
        for part in window.classes.values { latency.merge(part.latency) }
        let p95 = Double(latency.percentile(95)) / 1_000
        if slow.extend(latency.count > 0 && p95 > abort.p95Milliseconds, limit: abort.p95Seconds) {
            return (
                .latency,
                "for \(slow.seconds) s the p95 was above \(format(abort.p95Milliseconds)) ms; "
                    + "in the last second \(format(p95)) ms"
            )
        }
        return judgeErrors(tally)
    }

    private mutating func judgeErrors(_ tally: Tally) -> (Rule, String)? {
        guard abort.serverErrorSeconds > 0 else { return nil }
        let length = Int(max(1, abort.serverErrorSeconds.rounded(.up)))
        let errors = tally.serverErrors + tally.unanswered
        recent.append((errors, tally.answered + tally.unexpected + errors))
        if recent.count > length { recent.removeFirst() }
        let bad = recent.reduce(0) { $0 + $1.errors }
        let all = recent.reduce(0) { $0 + $1.all }
        guard recent.count == length, bad > 0, Double(bad) >= abort.serverErrorShare * Double(all) else { return nil }
        return (
            .serverErrors,
            "in \(length) s \(bad) of \(all) requests had an answer of 5xx or none: "
                + "\(percent(Double(bad) / Double(max(1, all)))), "
                + "and \(percent(abort.serverErrorShare)) end the run"
        )
    }

    private func percent(_ share: Double) -> String { "\(format(share * 100)) %" }

    private func format(_ number: Double) -> String {
        let tenths = (number * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }
}
