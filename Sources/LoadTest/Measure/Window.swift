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

/// One request's end, as an event loop notes it.
struct Sample: Sendable {
    var requestClass: RequestClass
    /// Below 100: the index of a `Failure`.
    var outcome: UInt16
    var latencyMicroseconds: UInt32
    var serviceMicroseconds: UInt32

    static func outcome(of failure: Failure) -> UInt16 {
        UInt16(Failure.allCases.firstIndex(of: failure) ?? 0)
    }

    var outcomeName: String {
        outcome < 100 ? Failure.allCases[Int(outcome)].rawValue : String(outcome)
    }

    /// Whether its duration says something of the server's speed.
    var isTimed: Bool { outcome >= 100 && outcome < 500 || outcome == Self.outcome(of: .timeout) }
}

/// One event loop's part of a window.
struct WindowPart: Sendable {
    var second: Int
    var samples: [Sample] = []
    var lag: [UInt32] = []
    var connections = 0
    var surprises: [String] = []
    var history: [HistoryLine] = []
    /// Nothing follows from this loop.
    var isLast = false

    init(second: Int) { self.second = second }
}

extension Window {
    /// Adds another worker's part of the same second.
    mutating func merge(_ other: Window) {
        for (name, part) in other.classes {
            classes[name, default: Class()].latency.merge(part.latency)
            classes[name, default: Class()].service.merge(part.service)
            classes[name, default: Class()].outcomes.merge(part.outcomes) { $0 + $1 }
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
        var byClass: [RequestClass: (latency: [UInt32], service: [UInt32], outcomes: [UInt16: Int])] = [:]
        var names: [UInt16: String] = [:]
        for sample in parts.lazy.flatMap(\.samples) {
            byClass[sample.requestClass, default: ([], [], [:])].outcomes[sample.outcome, default: 0] += 1
            if names[sample.outcome] == nil { names[sample.outcome] = sample.outcomeName }
            if sample.isTimed {
                byClass[sample.requestClass, default: ([], [], [:])].latency.append(sample.latencyMicroseconds)
                byClass[sample.requestClass, default: ([], [], [:])].service.append(sample.serviceMicroseconds)
            }
        }
        for (requestClass, values) in byClass {
            var part = Class()
            part.latency = LatencyHistogram.Bins(values.latency)
            part.service = LatencyHistogram.Bins(values.service)
            for (outcome, count) in values.outcomes { part.outcomes[names[outcome] ?? "", default: 0] += count }
            classes[requestClass.rawValue] = part
        }
        let lags = parts.flatMap(\.lag)
        lag = LatencyHistogram.Bins(lags)
        starts = lags.count
        connections = parts.reduce(0) { $0 + $1.connections }
        surprises = Array(parts.flatMap(\.surprises).prefix(3))
    }
}
