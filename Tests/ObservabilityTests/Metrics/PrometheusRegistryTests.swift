import Dispatch
import Metrics
import Testing

@testable import Observability

@Suite struct PrometheusRegistryTests {
    @Test func incrementsOfManyThreadsAreExact() throws {
        let registry = PrometheusRegistry()
        let (threads, each) = (8, 100_000)
        DispatchQueue.concurrentPerform(iterations: threads) { thread in
            // Each thread makes its own handles: they are the same series.
            let counter = Counter(label: "c_total", dimensions: [("a", "1")], factory: registry)
            let float = FloatingPointCounter(label: "f_total", factory: registry)
            let meter = Meter(label: "m", factory: registry)
            let timer = Metrics.Timer(label: "t_seconds", factory: registry)
            for number in 0..<each {
                counter.increment()
                float.increment(by: 0.5)
                if number.isMultiple(of: 2) { meter.increment(by: 3) } else { meter.decrement(by: 1) }
                timer.recordNanoseconds(number.isMultiple(of: 4) ? 250_000 : 1_000_000_000)
            }
        }
        let total = Double(threads * each)
        let text = try Exposition(PrometheusText.render(registry.snapshot()))
        #expect(text.value("c_total", ["a": "1"]) == total)
        #expect(text.value("f_total") == total / 2)
        #expect(text.value("m") == total)
        #expect(text.value("t_seconds_count") == total)
        #expect(text.value("t_seconds_bucket", ["le": "0.0005"]) == total / 4)
        #expect(text.value("t_seconds_bucket", ["le": "0.5"]) == total / 4)
        #expect(text.value("t_seconds_bucket", ["le": "1"]) == total)
        let sum = try #require(text.value("t_seconds_sum"))
        #expect(abs(sum - total * (0.75 + 0.25 * 0.000_25)) < 1)
    }

    @Test func theExpositionIsSortedAndEscaped() {
        let registry = PrometheusRegistry(descriptions: [
            MetricDescription("batch_size", "Orders a batch;\nback\\slash \"quoted\".", bounds: [1, 10])
        ])
        let recorder = Recorder(label: "batch_size", dimensions: [("queue", "q")], factory: registry)
        for size in [1, 2, 10, 11] { recorder.record(size) }
        Counter(label: "z.requests-total", dimensions: [("route", "/b"), ("method", "GET")], factory: registry)
            .increment(by: 3)
        Counter(label: "z.requests-total", dimensions: [("method", "A\"\\\nB"), ("route", "/a")], factory: registry)
            .increment(by: Int64.max)
        Gauge(label: "a:gauge", factory: registry).record(-1.25)
        #expect(
            String(decoding: PrometheusText.render(registry.snapshot()), as: UTF8.self) == #"""
                # TYPE a:gauge gauge
                a:gauge -1.25
                # HELP batch_size Orders a batch;\nback\\slash "quoted".
                # TYPE batch_size histogram
                batch_size_bucket{queue="q",le="1"} 1
                batch_size_bucket{queue="q",le="10"} 3
                batch_size_bucket{queue="q",le="+Inf"} 4
                batch_size_sum{queue="q"} 24
                batch_size_count{queue="q"} 4
                # HELP metrics_series_dropped_total Handles refused: too many series, or a name of another kind.
                # TYPE metrics_series_dropped_total counter
                metrics_series_dropped_total 0
                # TYPE z_requests_total counter
                z_requests_total{method="A\"\\\nB",route="/a"} 9223372036854775807
                z_requests_total{method="GET",route="/b"} 3

                """#)
    }

    @Test func theOrderOfMakingDoesNotShow() {
        func text(_ order: some Sequence<Int>) -> [UInt8] {
            let registry = PrometheusRegistry()
            for number in order {
                Counter(label: "c\(number % 7)", dimensions: [("n", "\(number)"), ("m", "x")], factory: registry)
                    .increment()
            }
            return PrometheusText.render(registry.snapshot())
        }
        #expect(text(0..<100) == text((0..<100).reversed()))
    }

    @Test func hostileNamesAndLabelsStayParseable() throws {
        let registry = PrometheusRegistry()
        let texts = ["", "9lives", "a b{c=\"d\"} 1\nx 2", "é\u{0}", "le", "__x", "\\", "\"", "\n", "}"]
        for (number, text) in texts.enumerated() {
            Counter(label: text, dimensions: [("n", "\(number)")], factory: registry).increment()
            Counter(label: "fixed", dimensions: [(text, text), ("n", "\(number)")], factory: registry).increment()
            Metrics.Timer(label: "t", dimensions: [("le", text), ("n", "\(number)")], factory: registry).recordSeconds(
                1)
        }
        let parsed = try Exposition(PrometheusText.render(registry.snapshot()))
        #expect(parsed.samples.filter { $0.key.name == "fixed" }.count == texts.count)
        #expect(parsed.value("t_count", ["exported_le": "\"", "n": "7"]) == 1)
    }

    @Test func boundsAreInclusiveAndOddValuesDoNotCorrupt() throws {
        let registry = PrometheusRegistry()
        let timer = Metrics.Timer(label: "t_seconds", factory: registry)
        let bounds = MetricDescription.latencyBounds
        #expect(bounds == bounds.sorted() && bounds.first == 0.0005 && bounds.last == 10)
        for bound in bounds { timer.recordNanoseconds(Int64(bound * 1e9)) }
        timer.recordNanoseconds(Int64.max)
        #expect(registry.histogram("t_seconds")?.counts == [Int64](repeating: 1, count: bounds.count + 1))
        let recorder = Recorder(label: "r", factory: registry)
        recorder.record(Double.nan)
        recorder.record(Double.infinity)
        recorder.record(-5)
        #expect(registry.histogram("r")?.count == 1)
        #expect(registry.histogram("r")?.sum == -5)
    }

    @Test func countersNeverFall() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "c", factory: registry)
        counter.increment(by: 5)
        counter.increment(by: -3)
        #expect(registry.counter("c") == 5)
    }

    @Test func seriesPastTheLimitAreCountedAndDropped() throws {
        let registry = PrometheusRegistry(maximumMetrics: 3, maximumSeries: 10)
        for number in 0..<1_000 {
            Counter(label: "c", dimensions: [("user", "\(number)")], factory: registry).increment()
        }
        #expect(registry.snapshot().first { $0.name == "c" }?.series.count == 10)
        #expect(registry.counter("metrics_series_dropped_total") == 990)
        // A known series is still found.
        Counter(label: "c", dimensions: [("user", "3")], factory: registry).increment()
        #expect(registry.counter("c", ["user": "3"]) == 2)
        for number in 0..<5 { Counter(label: "m\(number)", factory: registry).increment() }
        #expect(registry.snapshot().count == 4)
        #expect(registry.counter("metrics_series_dropped_total") == 993)
    }

    @Test func longLabelValuesAreCut() {
        let registry = PrometheusRegistry()
        Counter(label: "c", dimensions: [("k", String(repeating: "v", count: 10_000))], factory: registry).increment()
        #expect(registry.counter("c", ["k": String(repeating: "v", count: 128)]) == 1)
    }

    @Test func aNameOfAnotherKindIsRefused() throws {
        let registry = PrometheusRegistry()
        Counter(label: "x", factory: registry).increment(by: 7)
        Gauge(label: "x", factory: registry).record(1)
        Metrics.Timer(label: "x", dimensions: [("a", "b")], factory: registry).recordSeconds(1)
        FloatingPointCounter(label: "x", factory: registry).increment()
        let text = try Exposition(PrometheusText.render(registry.snapshot()))
        #expect(text.types["x"] == "counter")
        #expect(text.value("x") == 7)
        #expect(registry.counter("metrics_series_dropped_total") == 3)
    }

    @Test func aDestroyedSeriesIsGoneAndFreesItsPlace() {
        let registry = PrometheusRegistry(maximumSeries: 1)
        let first = Counter(label: "c", dimensions: [("n", "1")], factory: registry)
        first.increment()
        first.destroy()
        #expect(registry.counter("c", ["n": "1"]) == nil)
        Counter(label: "c", dimensions: [("n", "2")], factory: registry).increment()
        #expect(registry.counter("c", ["n": "2"]) == 1)
        #expect(registry.counter("metrics_series_dropped_total") == 0)
    }
}
