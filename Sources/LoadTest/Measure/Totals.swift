/// The sums of windows: of a whole run, or of one worker's.
struct Totals: Sendable {
    struct Class: Sendable {
        var latency = LatencyHistogram()
        var service = LatencyHistogram()
        var outcomes: [String: Int] = [:]
    }

    private(set) var classes: [RequestClass: Class] = [:]
    private(set) var latency = LatencyHistogram()
    private(set) var service = LatencyHistogram()
    private(set) var lag = LatencyHistogram()
    private(set) var starts = 0
    private(set) var cpuSeconds = 0.0
    private(set) var mostConnections = 0
    private(set) var surprises: [String] = []

    private static let mostSurprises = 20

    mutating func add(_ window: Window) {
        for (name, part) in window.classes {
            guard let requestClass = RequestClass(rawValue: name) else { continue }
            classes[requestClass, default: Class()].latency.merge(part.latency)
            classes[requestClass, default: Class()].service.merge(part.service)
            classes[requestClass, default: Class()].outcomes.merge(part.outcomes) { $0 + $1 }
            latency.merge(part.latency)
            service.merge(part.service)
        }
        lag.merge(window.lag)
        starts += window.starts
        cpuSeconds += window.cpuSeconds
        mostConnections = max(mostConnections, window.connections)
        for surprise in window.surprises where surprises.count < Self.mostSurprises && !surprises.contains(surprise) {
            surprises.append(surprise)
        }
    }

    var tally: Tally { Tally(classes.mapValues(\.outcomes)) }
}

/// How requests ended, in four kinds.
public struct Tally: Sendable, Codable, Equatable {
    /// Done as asked.
    public var succeeded = 0
    /// Refused in order: the seat is taken, too many asked.
    public var refused = 0
    public var serverErrors = 0
    /// Answers that the contract does not have for this call.
    public var unexpected = 0
    /// No answer, by `Failure`.
    public var failures: [String: Int] = [:]

    public init() {}

    init(_ outcomes: [RequestClass: [String: Int]]) {
        for (requestClass, counts) in outcomes {
            for (name, count) in counts {
                guard let status = Int(name) else {
                    failures[name, default: 0] += count
                    continue
                }
                if status >= 500 {
                    serverErrors += count
                } else if requestClass.isSuccess(status) {
                    succeeded += count
                } else if requestClass.isRefusal(status) {
                    refused += count
                } else {
                    unexpected += count
                }
            }
        }
    }

    /// Of a window.
    init(_ window: Window) {
        self.init(
            Dictionary(
                window.classes.compactMap { name, part in
                    RequestClass(rawValue: name).map { ($0, part.outcomes) }
                }, uniquingKeysWith: { first, _ in first }))
    }

    /// Answers below 500 that the contract has.
    public var answered: Int { succeeded + refused }
    public var failed: Int { failures.values.reduce(0, +) }
    public var all: Int { answered + serverErrors + unexpected + failed }
    public var dropped: Int { failures[Failure.dropped.rawValue] ?? 0 }

    /// Begun, and without an answer for a reason that may be the platform's.
    public var unanswered: Int { failed - dropped - (failures[Failure.socketsExhausted.rawValue] ?? 0) }

    static func + (left: Tally, right: Tally) -> Tally {
        var sum = left
        sum.succeeded += right.succeeded
        sum.refused += right.refused
        sum.serverErrors += right.serverErrors
        sum.unexpected += right.unexpected
        sum.failures.merge(right.failures) { $0 + $1 }
        return sum
    }
}
