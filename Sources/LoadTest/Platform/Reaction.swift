/// How a service's tasks followed a change of the rate.
///
/// The change is the scenario's: the begin of a phase whose rate is another than the one before, or begins to be (the
/// first phase's rate was 0 before). From that planned instant to the first look at the tasks whose desired count is
/// above (out) or below (in) that of the look before is `desiredAfter`; to the first look from there on whose running
/// tasks are at least (out) or at most (in) the desired ones, `runningAfter`. Looks are five seconds apart, and both
/// times are those of the look that saw it. A move counts for the last change before it, whichever caused it. After the
/// last look the instants of autoscaling's own activities continue the counts.
public struct Reaction: Sendable, Codable, Equatable {
    /// To more tasks or to fewer.
    public enum Direction: String, Sendable, Codable {
        case out
        case `in`
    }

    public var region: String
    public var service: String
    /// The phase that begins with the change.
    public var phase: String
    public var direction: Direction
    /// Of the run.
    public var plannedSecond: Double
    /// Requests a second.
    public var fromRate: Double
    public var toRate: Double
    /// Seconds; nil: not seen before the next change, or the end.
    public var desiredAfter: Double?
    public var runningAfter: Double?

    /// A reaction to each change of the rate.
    /// - Parameter counts: of one service, in order of time.
    static func all(
        region: String, service: String, to scenario: Scenario, counts: [PlatformReport.Count]
    ) -> [Reaction] {
        var changes = changes(of: scenario)
        let ends = changes.dropFirst().map(\.plannedSecond) + [.infinity]
        for (index, end) in zip(changes.indices, ends) {
            changes[index].region = region
            changes[index].service = service
            changes[index].read(counts, until: end)
        }
        return changes
    }

    private static func changes(of scenario: Scenario) -> [Reaction] {
        var (changes, second, rate) = ([Reaction](), 0.0, 0.0)
        for phase in scenario.phases {
            // A phase that begins with a step is that step, whatever its slope.
            let target = phase.fromRate != rate ? phase.fromRate : phase.toRate
            if target != rate {
                changes.append(
                    Reaction(
                        region: "", service: "", phase: phase.name, direction: target > rate ? .out : .in,
                        plannedSecond: second, fromRate: rate, toRate: phase.toRate))
            }
            second += phase.seconds
            rate = phase.toRate
        }
        return changes
    }

    private mutating func read(_ counts: [PlatformReport.Count], until end: Double) {
        guard let before = counts.lastIndex(where: { $0.second <= plannedSecond }) else { return }
        let seen = counts[before...].prefix { $0.second < end }
        let isOut = direction == .out
        let moves = zip(seen.indices.dropFirst(), zip(seen, seen.dropFirst()))
        guard
            let moved = moves.first(where: { _, pair in
                isOut ? pair.1.desired > pair.0.desired : pair.1.desired < pair.0.desired
            })?.0
        else { return }
        desiredAfter = Self.tenths(seen[moved].second - plannedSecond)
        let reached = seen[moved...].first { isOut ? $0.running >= $0.desired : $0.running <= $0.desired }
        runningAfter = reached.map { Self.tenths($0.second - plannedSecond) }
    }

    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
