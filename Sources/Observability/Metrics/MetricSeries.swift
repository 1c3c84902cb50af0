internal import Metrics
internal import Synchronization

/// One series of the registry: a handle that swift-metrics writes to without a lock.
protocol MetricSeries: AnyObject, Sendable {
    var labels: MetricLabels { get }
    var value: MetricSnapshot.Value { get }
}

final class CounterSeries: MetricSeries, CounterHandler {
    let labels: MetricLabels
    private let total = Atomic<Int64>(0)

    init(labels: MetricLabels) { self.labels = labels }

    var value: MetricSnapshot.Value { .integer(total.load(ordering: .relaxed)) }

    /// A counter never falls: what is not positive is ignored.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        total.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() { total.store(0, ordering: .relaxed) }
}

final class FloatingPointCounterSeries: MetricSeries, FloatingPointCounterHandler {
    let labels: MetricLabels
    private let total = Atomic<Double>(0)

    init(labels: MetricLabels) { self.labels = labels }

    var value: MetricSnapshot.Value { .double(total.load(ordering: .relaxed)) }

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        total.add(amount)
    }

    func reset() { total.store(0, ordering: .relaxed) }
}

/// A swift-metrics `Meter`, or a `Gauge` (its recorder that does not aggregate).
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    let labels: MetricLabels
    private let current = Atomic<Double>(0)

    init(labels: MetricLabels) { self.labels = labels }

    var value: MetricSnapshot.Value { .double(current.load(ordering: .relaxed)) }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.store(value, ordering: .relaxed) }
    func increment(by amount: Double) { current.add(amount) }
    func decrement(by amount: Double) { current.add(-amount) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// A swift-metrics `Timer` (in seconds) or an aggregating `Recorder`.
final class HistogramSeries: MetricSeries, TimerHandler, RecorderHandler {
    private final class Bucket: Sendable {
        let count = Atomic<Int64>(0)
    }

    let labels: MetricLabels
    private let bounds: [Double]
    private let buckets: [Bucket]
    private let sum = Atomic<Double>(0)

    init(labels: MetricLabels, bounds: [Double]) {
        self.labels = labels
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Bucket() }
    }

    var value: MetricSnapshot.Value {
        .histogram(
            .init(
                bounds: bounds, counts: buckets.map { $0.count.load(ordering: .relaxed) },
                sum: sum.load(ordering: .relaxed)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        buckets[index].count.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}

/// Takes everything and keeps nothing: what a refused series gets.
final class DiscardedSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler, TimerHandler, RecorderHandler {
    func increment(by amount: Int64) {}
    func increment(by amount: Double) {}
    func decrement(by amount: Double) {}
    func reset() {}
    func set(_ value: Int64) {}
    func set(_ value: Double) {}
    func record(_ value: Int64) {}
    func record(_ value: Double) {}
    func recordNanoseconds(_ duration: Int64) {}
}

extension Atomic where Value == Double {
    fileprivate func add(_ amount: Double) {
        var old = load(ordering: .relaxed)
        while true {
            let (exchanged, seen) = weakCompareExchange(expected: old, desired: old + amount, ordering: .relaxed)
            if exchanged { return }
            old = seen
        }
    }
}
