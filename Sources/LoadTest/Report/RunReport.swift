public import Foundation

/// Everything that is known of a run: report.json, from which the other reports are made. Durations are in milliseconds
/// unless their name says otherwise.
public struct RunReport: Sendable, Codable, Equatable {
    public static let schemaVersion = 2
    static let timeFormat = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// p50, p75, p90, p95, p99, p99.9, p99.99 by these names, with the mean, the maximum and the count.
    public struct Latency: Sendable, Codable, Equatable {
        public var count: UInt64
        public var mean: Double
        public var p50, p75, p90, p95, p99, p999, p9999, max: Double

        init(_ histogram: LatencyHistogram) {
            func value(_ percent: Double) -> Double { Double(histogram.percentile(percent)) / 1_000 }
            count = histogram.count
            mean = (histogram.mean / 10).rounded() / 100
            (p50, p75, p90, p95) = (value(50), value(75), value(90), value(95))
            (p99, p999, p9999, max) = (value(99), value(99.9), value(99.99), value(100))
        }
    }

    /// What became of one kind of request; latencies in milliseconds.
    public struct Class: Sendable, Codable, Equatable {
        /// By HTTP status or `Failure`.
        public var outcomes: [String: Int]
        public var tally: Tally
        public var latency: Latency
        public var service: Latency
    }

    /// A time of `seconds` from `second` on; rates are a second's.
    public struct Row: Sendable, Codable, Equatable {
        public var second: Int
        public var seconds: Int
        public var due: Double
        public var answered: Double
        public var errors: Double
        public var p50, p95, p99, max: Double
        public var lagP99: Double
        public var connections: Int
        /// Cores that the generator used.
        public var cores: Double
    }

    /// Milliseconds that `percent` of the requests did not exceed.
    public struct CurvePoint: Sendable, Codable, Equatable {
        public var percent: Double
        public var latency: Double
        public var service: Double
    }

    /// Where the generator ran, and against what.
    public struct Environment: Sendable, Codable, Equatable {
        public var publicURL: String
        public var confirmURL: String
        public var toolVersion: String
        /// Of the source, if known.
        public var commit: String?
        public var system: String
        public var cores: Int
        public var workers: Int
        public var loopsPerWorker: Int
        /// nil: the workers ran on the machine of the coordinator, whose `system` and `cores` these are.
        public var tasks: Tasks?

        /// The ECS tasks that generated.
        public struct Tasks: Sendable, Codable, Equatable {
            /// With its revision.
            public var definition: String
            public var byRegion: [String: Int]

            public init(definition: String, byRegion: [String: Int]) {
                self.definition = definition
                self.byRegion = byRegion
            }
        }

        public init(
            publicURL: String, confirmURL: String, toolVersion: String, commit: String?, workers: Int,
            loopsPerWorker: Int, tasks: Tasks? = nil
        ) {
            self.publicURL = publicURL
            self.confirmURL = confirmURL
            self.toolVersion = toolVersion
            self.commit = commit
            self.workers = workers
            self.loopsPerWorker = loopsPerWorker
            self.tasks = tasks
            system = ProcessInfo.processInfo.operatingSystemVersionString
            cores = ProcessInfo.processInfo.activeProcessorCount
        }
    }

    public var schema = RunReport.schemaVersion
    public var name: String
    public var runID: String
    public var seed: UInt64
    /// RFC 3339, UTC.
    public var startedAt: String
    public var seconds: Int
    public var verdict: Verdict
    public var purchases: PurchaseCheck
    /// Requests that were due, and answers a second.
    public var due: Double
    public var answersPerSecond: Double
    public var starts: Int
    public var tally: Tally
    public var latency: Latency
    public var service: Latency
    public var lag: Latency
    public var mostConnections: Int
    /// Of the generator, in all workers.
    public var cpuSeconds: Double
    public var classes: [String: Class]
    public var series: [Row]
    public var curve: [CurvePoint]
    /// The rule that stopped the run, and why.
    public var abortRule: String?
    public var surprises: [String]
    public var environment: Environment
    public var scenario: Scenario
    /// What the platform told of itself; nil: it was not asked.
    public var platform: PlatformReport?

    public init(_ outcome: RunOutcome, _ order: WorkerOrder, purchases: PurchaseCheck, environment: Environment) {
        let totals = outcome.totals
        name = order.scenario.name
        runID = order.runID
        seed = order.seed
        startedAt = outcome.begin.formatted(Self.timeFormat)
        verdict = Verdict(outcome, purchases: purchases, scenario: order.scenario)
        self.purchases = purchases
        due = outcome.due.rounded()
        tally = totals.tally
        starts = totals.starts
        latency = Latency(totals.latency)
        service = Latency(totals.service)
        lag = Latency(totals.lag)
        mostConnections = totals.mostConnections
        cpuSeconds = (totals.cpuSeconds * 100).rounded() / 100
        classes = Dictionary(
            uniqueKeysWithValues: totals.classes.map { requestClass, part in
                (
                    requestClass.rawValue,
                    Class(
                        outcomes: part.outcomes, tally: Tally([requestClass: part.outcomes]),
                        latency: Latency(part.latency), service: Latency(part.service))
                )
            })
        series = outcome.series.rows.map(Row.init)
        seconds = series.reduce(0) { $0 + $1.seconds }
        // Of the time in which requests were due: what is drained afterwards is no throughput.
        let active = outcome.series.rows.filter { $0.due > 0 }.reduce(0) { $0 + $1.seconds }
        answersPerSecond = (Double(tally.answered) / Double(max(1, active)) * 100).rounded() / 100
        curve = Self.curve(totals)
        abortRule = outcome.abort?.rule
        surprises = totals.surprises
        self.environment = environment
        scenario = order.scenario
    }

    /// Points that are evenly spread on an axis of 1 / (1 - percentile), as far as the count of values carries it.
    private static func curve(_ totals: Totals) -> [CurvePoint] {
        let count = Double(totals.latency.count)
        guard count > 0 else { return [] }
        var points: [CurvePoint] = []
        var step = 0
        while pow(10, Double(step) / 8) <= count, step <= 64 {
            let percent = 100 * (1 - pow(10, -Double(step) / 8))
            points.append(point(totals, percent))
            step += 1
        }
        return points + [point(totals, 100)]
    }

    private static func point(_ totals: Totals, _ percent: Double) -> CurvePoint {
        CurvePoint(
            percent: percent, latency: Double(totals.latency.percentile(percent)) / 1_000,
            service: Double(totals.service.percentile(percent)) / 1_000)
    }

    /// - Throws: `LoadTestError` `file`.
    var begin: Date {
        get throws {
            guard let begin = try? Date(startedAt, strategy: Self.timeFormat) else {
                throw LoadTestError(
                    .file, "the report's startedAt is no time: \(startedAt)", next: "run the scenario again")
            }
            return begin
        }
    }

    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// - Throws: `LoadTestError` `file`.
    public static func read(path: String) throws -> RunReport {
        do {
            struct Version: Decodable {
                var schema: Int
            }
            let contents = try Data(contentsOf: URL(filePath: path))
            let schema = try JSONDecoder().decode(Version.self, from: contents).schema
            guard schema == schemaVersion else {
                throw LoadTestError(
                    .file, "\(path) has schema \(schema), this tickctl knows \(schemaVersion)",
                    next: "use the tickctl that wrote it")
            }
            return try JSONDecoder().decode(RunReport.self, from: contents)
        } catch let error as LoadTestError {
            throw error
        } catch {
            throw LoadTestError(
                .file, "\(path) is no report of a load test: \(error.localizedDescription)",
                next: "name a report.json of `tickctl load run`, or its folder")
        }
    }
}

extension RunReport.Row {
    init(_ row: TimeSeries.Row) {
        let seconds = Double(Swift.max(1, row.seconds))
        func milliseconds(_ percent: Double) -> Double { Double(row.latency.percentile(percent)) / 1_000 }
        func rate(_ count: Double) -> Double { (count / seconds * 100).rounded() / 100 }
        second = row.second
        self.seconds = row.seconds
        due = rate(row.due)
        answered = rate(Double(row.tally.answered))
        errors = rate(Double(row.tally.all - row.tally.answered))
        (p50, p95, p99, max) = (milliseconds(50), milliseconds(95), milliseconds(99), milliseconds(100))
        lagP99 = Double(row.lag.percentile(99)) / 1_000
        connections = row.connections
        cores = rate(row.cpuSeconds)
    }
}
