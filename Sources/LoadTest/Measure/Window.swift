/// What a worker measured in one second of the run; everything a report says is a sum of these.
public struct Window: Codable, Sendable, Equatable {
    /// What happened to the requests of one class that ended in this second.
    public struct Class: Codable, Sendable, Equatable {
        /// Microseconds from the planned instant to the last byte of the answer: of answers below 500, and of timeouts.
        public var latency = LatencyHistogram.Bins()
        /// The same from the instant of sending.
        public var service = LatencyHistogram.Bins()
        /// By HTTP status ("200") or `Failure` ("timeout").
        public var outcomes: [String: Int] = [:]

        public init() {}
    }

    /// From 0.
    public var second: Int
    /// By `RequestClass`.
    public var classes: [String: Class] = [:]
    /// Microseconds from the planned instant of a request to the instant at which the generator turned to it.
    public var lag = LatencyHistogram.Bins()
    /// Requests whose turn came in this second.
    public var starts = 0
    /// Connections open at its end.
    public var connections = 0
    /// Of the process, in user and system mode.
    public var cpuSeconds = 0.0
    /// Examples of answers that the contract does not allow here.
    public var surprises: [String] = []

    public init(second: Int) { self.second = second }
}

/// How a request ended, as a number: a `Failure`'s index, or the HTTP status.
struct Outcome: Sendable, Equatable {
    static let firstStatus = 100
    static let count = 600

    let number: Int

    private static let timeout = Outcome(.timeout)

    init(status: Int) { number = min(max(Self.firstStatus, status), Self.count - 1) }
    init(_ failure: Failure) { number = Failure.allCases.firstIndex(of: failure) ?? 0 }
    init(number: Int) { self.number = number }

    var name: String { number < Self.firstStatus ? Failure.allCases[number].rawValue : String(number) }

    /// Whether its duration says something of the server's speed.
    var isTimed: Bool { number >= Self.firstStatus ? number < 500 : self == Self.timeout }
}

/// One event loop's part of a window.
struct WindowPart: Sendable {
    /// What ended of one class, counted as it ends: nothing is left to be done when the second is over.
    struct Class: Sendable {
        var latency = LatencyHistogram()
        var service = LatencyHistogram()
        /// By `Outcome.number`.
        var outcomes = [Int](repeating: 0, count: Outcome.count)

        fileprivate mutating func note(_ outcome: Outcome, latency: UInt64, service: UInt64) {
            outcomes[outcome.number] += 1
            guard outcome.isTimed else { return }
            self.latency.record(latency)
            self.service.record(service)
        }
    }

    var second: Int
    private(set) var classes: [RequestClass: Class] = [:]
    var lag = LatencyHistogram()
    var connections = 0
    var surprises: [String] = []
    var history: [HistoryLine] = []
    /// Nothing follows from this loop.
    var isLast = false

    init(second: Int) { self.second = second }

    /// - Parameters:
    ///   - latency: microseconds from the planned instant.
    ///   - service: microseconds from the instant of sending.
    mutating func note(_ requestClass: RequestClass, _ outcome: Outcome, latency: UInt64, service: UInt64) {
        classes[requestClass, default: Class()].note(outcome, latency: latency, service: service)
    }
}

extension Window {
    /// Adds another worker's part of the same second.
    mutating func merge(_ other: Window) {
        for (name, part) in other.classes {
            classes[name, default: Class()].merge(part)
        }
        lag.merge(other.lag)
        starts += other.starts
        connections += other.connections
        cpuSeconds += other.cpuSeconds
        surprises += other.surprises
    }

    init(second: Int, _ parts: [WindowPart], cpuSeconds: Double) {
        self.init(second: second)
        self.cpuSeconds = cpuSeconds
        for part in parts {
            for (requestClass, counted) in part.classes {
                var ended = Class()
                ended.latency = counted.latency.bins
                ended.service = counted.service.bins
                for (number, count) in counted.outcomes.enumerated() where count > 0 {
                    ended.outcomes[Outcome(number: number).name] = count
                }
                classes[requestClass.rawValue, default: Class()].merge(ended)
            }
            lag.merge(part.lag.bins)
            starts += Int(part.lag.count)
            connections += part.connections
        }
        surprises = Array(parts.flatMap(\.surprises).prefix(3))
    }
}

extension Window.Class {
    fileprivate mutating func merge(_ other: Self) {
        latency.merge(other.latency)
        service.merge(other.service)
        outcomes.merge(other.outcomes) { $0 + $1 }
    }
}
