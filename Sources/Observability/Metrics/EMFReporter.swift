internal import Synchronization

/// Chosen metrics as CloudWatch embedded metric format lines, which CloudWatch Logs turns into metrics
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
///
/// A counter is what it grew by since the last line, a gauge its value, both summed over the series chosen; a histogram
/// is Values (bucket bounds; what is over the last bound counts as that bound) with Counts, and its exact Sum.
public final class EMFReporter: Sendable {
    /// One CloudWatch metric.
    public struct Selection: Sendable {
        public enum Unit: String, Sendable {
            case bytes = "Bytes"
            case count = "Count"
            case none = "None"
            case seconds = "Seconds"
        }

        let metric: String
        let labels: [String: String]
        let name: String
        let unit: Unit

        /// - Parameters:
        ///   - metric: the registry's name.
        ///   - labels: only series that have them all.
        ///   - name: CloudWatch's name; nil: the same.
        public init(_ metric: String, labels: [String: String] = [:], name: String? = nil, unit: Unit) {
            self.metric = metric
            self.labels = labels
            self.name = name ?? metric
            self.unit = unit
        }
    }

    /// The specification's limit of metric definitions in one directive.
    static let maximumMetricsPerDirective = 100

    private enum Point {
        case number(Double)
        case histogram(MetricSnapshot.Histogram)
    }

    private let registry: PrometheusRegistry
    private let selections: [Selection]
    private let namespace: String
    private let dimensions: [(name: String, value: String)]
    private let interval: Duration
    private let writer: LogWriter
    private let now: @Sendable () -> Int64
    private let last = Mutex<[String: MetricSnapshot.Value]>([:])

    /// - Parameters:
    ///   - dimensions: at most 30; those with an empty value are left out.
    ///   - now: milliseconds since 1970.
    public init(
        registry: PrometheusRegistry, selections: [Selection], namespace: String = "tickctl",
        dimensions: [(name: String, value: String)], interval: Duration = .seconds(60), writer: LogWriter,
        now: @escaping @Sendable () -> Int64 = wallClockMilliseconds
    ) {
        self.registry = registry
        self.selections = selections
        self.namespace = namespace
        self.dimensions = dimensions.filter { !$0.value.isEmpty }
        self.interval = interval
        self.writer = writer
        self.now = now
    }

    /// Reports each interval until the task is cancelled, then once more.
    public func run() async {
        while (try? await Task.sleep(for: interval)) != nil { report() }
        report()
    }

    /// Writes what changed since the last call.
    public func report() {
        let timestamp = now()
        let points = self.points()
        for start in stride(from: 0, to: points.count, by: Self.maximumMetricsPerDirective) {
            let end = min(start + Self.maximumMetricsPerDirective, points.count)
            writer.write(line(points[start..<end], timestamp))
        }
    }

    private func points() -> [(Selection, Point)] {
        let metrics = Dictionary(registry.snapshot().map { ($0.name, $0) }) { $1 }
        return last.withLock { last in
            var points: [(Selection, Point)] = []
            // Two selections may share a series: `last` moves after all have read it.
            var seen = last
            for selection in selections {
                guard let metric = metrics[selection.metric] else { continue }
                var total = 0.0
                var merged: MetricSnapshot.Histogram?
                for series in metric.series where series.labels.matches(selection.labels) {
                    let key = metric.name + "{" + series.labels.text + "}"
                    switch series.value {
                    case .integer, .double:
                        total += metric.kind == .counter ? series.value.growth(since: last[key]) : series.value.number
                    case .histogram(let histogram):
                        let grown = histogram.growth(since: last[key])
                        merged = merged.map { $0.adding(grown) } ?? grown
                    }
                    seen[key] = series.value
                }
                if metric.kind != .histogram {
                    points.append((selection, .number(total)))
                } else if let merged, merged.count > 0 {
                    points.append((selection, .histogram(merged)))
                }
            }
            last = seen
            return points
        }
    }

    private func line(_ points: ArraySlice<(Selection, Point)>, _ timestamp: Int64) -> [UInt8] {
        var json = JSONWriter(capacity: 1_024)
        json.object { json in
            json.member("_aws") { json in
                json.object { json in
                    json.member("Timestamp", timestamp)
                    json.member("CloudWatchMetrics") { $0.array([points]) { directive($1, &$0) } }
                }
            }
            for dimension in dimensions { json.member(dimension.name, dimension.value) }
            for (selection, point) in points {
                switch point {
                case .number(let value): json.member(selection.name, value)
                case .histogram(let histogram): json.member(selection.name) { $0.distribution(histogram) }
                }
            }
        }
        json.newline()
        return json.bytes
    }

    private func directive(_ points: ArraySlice<(Selection, Point)>, _ json: inout JSONWriter) {
        json.object { json in
            json.member("Namespace", namespace)
            json.member("Dimensions") {
                $0.array([dimensions]) { json, set in json.array(set) { $0.string($1.name) } }
            }
            json.member("Metrics") {
                $0.array(points) { json, point in
                    json.object {
                        $0.member("Name", point.0.name)
                        $0.member("Unit", point.0.unit.rawValue)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func distribution(_ histogram: MetricSnapshot.Histogram) {
        let values = zip(histogram.bounds + histogram.bounds.suffix(1), histogram.counts).filter { $0.1 > 0 }
        object { json in
            json.member("Values") { $0.array(values) { $0.number($1.0) } }
            json.member("Counts") { $0.array(values) { $0.number($1.1) } }
            json.member("Min", values.first?.0 ?? 0)
            json.member("Max", values.last?.0 ?? 0)
            json.member("Count", histogram.count)
            json.member("Sum", histogram.sum)
        }
    }
}

extension MetricSnapshot.Value {
    fileprivate var number: Double {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        case .histogram(let histogram): Double(histogram.count)
        }
    }

    /// A counter that fell was reset: all it shows is new.
    fileprivate func growth(since last: Self?) -> Double {
        guard let last, last.number <= number else { return number }
        return number - last.number
    }
}

extension MetricSnapshot.Histogram {
    fileprivate func growth(since last: MetricSnapshot.Value?) -> Self {
        guard case .histogram(let last) = last, last.bounds == bounds, last.count <= count else { return self }
        return Self(bounds: bounds, counts: zip(counts, last.counts).map { $0 &- $1 }, sum: sum - last.sum)
    }

    /// Both have the bounds of one metric.
    fileprivate func adding(_ other: Self) -> Self {
        Self(bounds: bounds, counts: zip(counts, other.counts).map { $0 &+ $1 }, sum: sum + other.sum)
    }
}
