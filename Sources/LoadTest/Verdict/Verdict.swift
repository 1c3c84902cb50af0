/// What a run has shown.
public struct Verdict: Sendable, Codable, Equatable {
    /// The exit code follows from it.
    public enum Result: String, Sendable, Codable {
        case passed
        /// The platform broke a promise or missed the objective.
        case failed
        /// The generator did not do what it should have: the figures say nothing about the platform.
        case invalid
    }

    /// The p99 of the schedule lag above which a run says nothing.
    public static let mostLagMicroseconds: UInt64 = 5_000

    public var result: Result
    /// Why it is not `passed`; what makes it invalid comes first.
    public var reasons: [String]

    init(_ outcome: RunOutcome, purchases: PurchaseCheck, scenario: Scenario) {
        let faults = Self.faults(outcome, purchases)
        let misses = Self.misses(outcome, purchases, scenario)
        // A broken promise counts even if the generator was not at its best: nobody else sold the seat twice.
        let isBroken = !purchases.isKept && outcome.lostWorkers.isEmpty && outcome.interruption == nil
        result = isBroken || faults.isEmpty && !misses.isEmpty ? .failed : faults.isEmpty ? .passed : .invalid
        reasons = faults + misses
    }

    /// Of the generator.
    private static func faults(_ outcome: RunOutcome, _ purchases: PurchaseCheck) -> [String] {
        var faults = outcome.lostWorkers
        if let interruption = outcome.interruption { faults.append(interruption) }
        let lag = outcome.totals.lag.percentile(99)
        if lag > mostLagMicroseconds {
            faults.append(
                "the generator lagged: the p99 of the schedule lag is \(milliseconds(lag)) ms, more than "
                    + "\(milliseconds(mostLagMicroseconds)) ms; use more cores, or more machines")
        }
        let tally = outcome.totals.tally
        if tally.dropped > 0 {
            faults.append("\(tally.dropped) starts were dropped: raise limits.connections or limits.pending")
        }
        if let count = tally.failures[Failure.socketsExhausted.rawValue] {
            faults.append("\(count) requests found no socket: raise ulimit -n, or use more machines")
        }
        if purchases.notKept > 0 {
            faults.append("\(purchases.notKept) lines of history did not fit: make the run shorter")
        }
        if outcome.totals.starts == 0 { faults.append("nothing was sent") }
        return faults
    }

    /// Of the platform.
    private static func misses(_ outcome: RunOutcome, _ purchases: PurchaseCheck, _ scenario: Scenario) -> [String] {
        var misses: [String] = []
        if let abort = outcome.abort { misses.append("stopped after \(abort.second + 1) s: \(abort.reason)") }
        if purchases.doubleSold > 0 { misses.append("\(purchases.doubleSold) seats were sold twice") }
        if purchases.lost > 0 { misses.append("\(purchases.lost) accepted orders (202) were lost") }
        if purchases.replaysThatDiffer > 0 {
            misses.append("\(purchases.replaysThatDiffer) replays were answered otherwise than the first request")
        }
        if purchases.statusesThatWentBack > 0 {
            misses.append("\(purchases.statusesThatWentBack) decided orders changed")
        }
        if let count = purchases.storesThatDisagree, count > 0 {
            misses.append("\(count) orders are not in the stores as their buyers were told")
        }
        let tally = outcome.totals.tally
        if tally.unexpected > 0 {
            misses.append("\(tally.unexpected) answers had a status that the contract does not have there")
        }
        if let count = tally.failures[Failure.malformed.rawValue] {
            misses.append("\(count) answers did not have the contract's shape")
        }
        let bad = tally.serverErrors + tally.unanswered
        if bad > 0, Double(bad) >= scenario.abort.serverErrorShare * Double(tally.all) {
            misses.append("\(bad) of \(tally.all) requests had an answer of 5xx or none")
        }
        let p95 = outcome.totals.latency.percentile(95)
        if Double(p95) / 1_000 > scenario.abort.p95Milliseconds {
            misses.append("the p95 is \(milliseconds(p95)) ms, more than \(scenario.abort.p95Milliseconds) ms")
        }
        if Double(tally.answered) < outcome.due * scenario.abort.heldShare - 1 {
            misses.append(
                "the target was not held: \(tally.answered) answers, \(Int(outcome.due.rounded())) requests were due")
        }
        return misses
    }

    private static func milliseconds(_ microseconds: UInt64) -> Double { Double(microseconds) / 1_000 }
}
