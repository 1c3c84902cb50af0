/// What a run does: how many requests a second over time, of which kinds, for which seats, and when it must stop.
///
/// Rates are requests a second of the whole run, whatever the number of workers.
public struct Scenario: Sendable, Codable, Equatable {
    /// A time in which the rate is constant or changes linearly.
    public struct Phase: Sendable, Codable, Equatable {
        public var name = ""
        public var fromRate = 0.0
        public var toRate = 0.0
        public var seconds = 0.0
    }

    /// Parts of the requests, of any sum.
    public struct Mix: Sendable, Codable, Equatable {
        /// Single cached reads.
        public var reads = 70.0
        /// Buyers who are quoted a price and give the seat back: enter, poll, hold, intent, release.
        public var confirm = 20.0
        /// Buyers who buy: enter, poll, hold, intent, callback, commit, status until the order is decided.
        public var worker = 10.0
    }

    /// A rectangle of seats.
    public struct Section: Sendable, Codable, Equatable {
        public var id = ""
        /// The name of a seat, with {row} and {place} in it.
        public var seat = "R{row}C{place}"
        public var firstRow = 1
        public var lastRow = 1
        public var firstPlace = 1
        public var lastPlace = 1

        public var seats: Int { (lastRow - firstRow + 1) * (lastPlace - firstPlace + 1) }
    }

    /// What is sold, as the platform's catalogue has it.
    public struct Event: Sendable, Codable, Equatable {
        public var id = ""
        public var sections: [Section] = []
    }

    /// How long a buyer thinks before a step, in milliseconds, evenly spread.
    public struct Think: Sendable, Codable, Equatable {
        public var leastMilliseconds = 0
        public var mostMilliseconds = 0
    }

    /// How long a buyer thinks before each step.
    public struct Thinking: Sendable, Codable, Equatable {
        public var hold = Think()
        public var intent = Think()
        public var commit = Think()

        /// Of the slowest buyer.
        var seconds: Double {
            Double(hold.mostMilliseconds + intent.mostMilliseconds + commit.mostMilliseconds) / 1_000
        }
    }

    /// What bounds the generator.
    public struct Limits: Sendable, Codable, Equatable {
        /// Open connections of the whole run.
        public var connections = 2_000
        /// Requests of the whole run that wait for a connection; past it a start is dropped, and counted.
        public var pending = 20_000
        /// Of one request, from its sending.
        public var timeoutMilliseconds = 10_000
    }

    /// When a run stops before its end. 0 seconds: never for this reason.
    public struct Abort: Sendable, Codable, Equatable {
        /// Answers a second below this part of the rate ...
        public var heldShare = 0.95
        /// ... for this long.
        public var heldSeconds = 600.0
        public var p95Milliseconds = 200.0
        public var p95Seconds = 300.0
        /// Of the answers of the last `serverErrorSeconds`.
        public var serverErrorShare = 0.02
        public var serverErrorSeconds = 10.0
    }

    /// What of the platform a report shows, when there is an account to ask.
    public enum PlatformPart: String, Sendable, Codable, CaseIterable {
        case alb, ecs, sqs, redis, dynamodb, aurora
    }

    public var name = ""
    public var phases: [Phase] = []
    public var mix = Mix()
    /// Targets of reads, equally often; {event} and {section} are filled in.
    public var reads = ["/public/summary/{event}/{section}"]
    public var events: [Event] = []
    public var think = Thinking()
    public var pollMilliseconds = 500
    public var statusMilliseconds = 500
    /// A buyer waits this long for the admission, an order for its decision.
    public var drainSeconds = 60.0
    /// Part of the intents and commits that are sent again, to compare the answers.
    public var replayShare = 0.05
    public var limits = Limits()
    public var abort = Abort()
    /// Each at most once.
    public var cloudWatch: [PlatformPart] = []

    public init() {}

    public var seconds: Double { phases.reduce(0) { $0 + $1.seconds } }
    public var highestRate: Double { phases.flatMap { [$0.fromRate, $0.toRate] }.max() ?? 0 }
    public var hasSessions: Bool { mix.confirm + mix.worker > 0 }

    /// The same run with other rates and of another length; what people need to think stays, and a rule that ends the
    /// run waits at least as long: until then buyers make fewer requests than are due.
    public func scaled(rate: Double, time: Double) -> Scenario {
        var scaled = self
        for index in scaled.phases.indices {
            scaled.phases[index].fromRate *= rate
            scaled.phases[index].toRate *= rate
            scaled.phases[index].seconds *= time
        }
        for length in [\Scenario.abort.heldSeconds, \.abort.p95Seconds, \.abort.serverErrorSeconds] {
            scaled[keyPath: length] = max(scaled[keyPath: length] * time, min(scaled[keyPath: length], think.seconds))
        }
        return scaled
    }

    /// The requests that are due: the rate over time.
    var requestCurve: RateCurve {
        RateCurve(phases.map { .init(from: $0.fromRate, to: $0.toRate, seconds: $0.seconds) })
    }
}
