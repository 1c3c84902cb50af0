public import Metrics
internal import Synchronization

/// swift-metrics backend that keeps every series in memory.
///
/// Counters are counters; meters and gauges are gauges; timers (seconds) and recorders are histograms. Making a handle
/// looks it up under a lock: make it once and keep it. Writing to a handle takes no lock. The same name and dimensions
/// give the same handle. Past the limits, and for a name already used by another kind, the handle writes nowhere and
/// `metrics_series_dropped_total` counts it.
public final class PrometheusRegistry: MetricsFactory {
    private struct Family {
        let kind: MetricSnapshot.Kind
        var series: [MetricLabels: any MetricSeries] = [:]
    }

    private let maximumMetrics: Int
    private let maximumSeries: Int
    private let descriptions: [String: MetricDescription]
    private let families = Mutex<[String: Family]>([:])
    private let refused = Atomic<Int64>(0)

    /// - Parameters:
    ///   - descriptions: help and bounds by metric; those of this target are known.
    ///   - maximumMetrics: names.
    ///   - maximumSeries: label sets a name.
    public init(descriptions: [MetricDescription] = [], maximumMetrics: Int = 1_000, maximumSeries: Int = 1_000) {
        self.maximumMetrics = maximumMetrics
        self.maximumSeries = maximumSeries
        self.descriptions = Dictionary((MetricDescription.own + descriptions).map { ($0.name, $0) }) { $1 }
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries(labels: $1) } ?? DiscardedSeries()
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { FloatingPointCounterSeries(labels: $1) } ?? DiscardedSeries()
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { GaugeSeries(labels: $1) } ?? DiscardedSeries()
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else {
            return series(label, dimensions, .gauge) { GaugeSeries(labels: $1) } ?? DiscardedSeries()
        }
        let isTime = label.hasSuffix("_seconds")
        let bounds = isTime ? MetricDescription.latencyBounds : MetricDescription.sizeBounds
        return histogram(label, dimensions, bounds) ?? DiscardedSeries()
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions, MetricDescription.latencyBounds) ?? DiscardedSeries()
    }

    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }

    /// Every metric as it stands, by name and label text. Series are read one after another, without stopping writers.
    public func snapshot() -> [MetricSnapshot] {
        var metrics = families.withLock { families in
            families.map { name, family in (name, family.kind, Array(family.series.values)) }
        }.map { name, kind, series in
            MetricSnapshot(
                name: name, help: descriptions[name]?.help, kind: kind,
                series: series.map { .init(labels: $0.labels, value: $0.value) }
                    .sorted { $0.labels.text < $1.labels.text })
        }
        metrics.append(
            MetricSnapshot(
                name: Self.refusedName, help: descriptions[Self.refusedName]?.help, kind: .counter,
                series: [.init(labels: .init([]), value: .integer(refused.load(ordering: .relaxed)))]))
        return metrics.sorted { $0.name < $1.name }
    }

    private static let refusedName = "metrics_series_dropped_total"

    private func histogram(
        _ label: String, _ dimensions: [(String, String)], _ standardBounds: [Double]
    ) -> HistogramSeries? {
        series(label, dimensions, .histogram) { name, labels in
            HistogramSeries(labels: labels, bounds: descriptions[name]?.bounds ?? standardBounds)
        }
    }

    /// The handle of `label` and `dimensions`, made when new; nil when refused.
    private func series<Series: MetricSeries>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricSnapshot.Kind,
        _ make: (String, MetricLabels) -> Series
    ) -> Series? {
        let name = metricName(label)
        let labels = MetricLabels(dimensions)
        let found: Series? = families.withLock { families in
            guard name != Self.refusedName else { return nil }
            if let family = families[name] {
                guard family.kind == kind else { return nil }
                if let known = family.series[labels] { return known as? Series }
                guard family.series.count < maximumSeries else { return nil }
            } else {
                guard families.count < maximumMetrics else { return nil }
            }
            let made = make(name, labels)
            families[name, default: Family(kind: kind)].series[labels] = made
            return made
        }
        if found == nil { refused.wrappingAdd(1, ordering: .relaxed) }
        return found
    }

    private func destroy(_ handler: AnyObject) {
        guard let gone = handler as? any MetricSeries else { return }
        families.withLock { families in
            for (name, family) in families where family.series[gone.labels] === gone {
                families[name]?.series[gone.labels] = nil
                if family.series.count == 1 { families[name] = nil }
            }
        }
    }
}
