import Foundation
import Metrics
import Observability
import Testing

@Suite struct EMFReporterTests {
    private func reporter(
        _ registry: PrometheusRegistry, _ file: LogFile, _ selections: [EMFReporter.Selection],
        interval: Duration = .seconds(60)
    ) -> EMFReporter {
        EMFReporter(
            registry: registry, selections: selections, dimensions: [("role", "public"), ("region", "ap-northeast-1")],
            interval: interval, writer: file.writer, now: { 1_700_000_000_123 })
    }

    @Test func aLineFollowsTheSpecificationAndShowsOnlyWhatGrew() throws {
        let (registry, file) = (PrometheusRegistry(), LogFile())
        let ok = Counter(label: "requests_total", dimensions: [("status", "200")], factory: registry)
        let bad = Counter(label: "requests_total", dimensions: [("status", "500")], factory: registry)
        let timer = Metrics.Timer(label: "latency_seconds", factory: registry)
        let depth = Gauge(label: "queue_depth", factory: registry)
        let reporter = reporter(
            registry, file,
            [
                .init("requests_total", name: "Requests", unit: .count),
                .init("requests_total", labels: ["status": "500"], name: "Faults", unit: .count),
                .init("latency_seconds", unit: .seconds), .init("queue_depth", unit: .none),
                .init("absent_total", unit: .count),
            ])
        ok.increment(by: 10)
        bad.increment(by: 2)
        for milliseconds in [1, 1, 30, 20_000] { timer.recordMilliseconds(milliseconds) }
        depth.record(4.5)
        reporter.report()
        ok.increment(by: 5)
        timer.recordMilliseconds(150)
        reporter.report()
        reporter.report()
        func head(_ metrics: String) -> String {
            #"{"_aws":{"Timestamp":1700000000123,"CloudWatchMetrics":[{"Namespace":"tickctl","#
                + #""Dimensions":[["role","region"]],"Metrics":["# + metrics
                + #"]}]},"role":"public","region":"ap-northeast-1","#
        }
        let (requests, faults) = (#"{"Name":"Requests","Unit":"Count"}"#, #"{"Name":"Faults","Unit":"Count"}"#)
        let (latency, queue) = (
            #"{"Name":"latency_seconds","Unit":"Seconds"}"#, #"{"Name":"queue_depth","Unit":"None"}"#
        )
        let all = head([requests, faults, latency, queue].joined(separator: ","))
        #expect(
            try file.text().split(separator: "\n").map(String.init) == [
                all + #""Requests":12,"Faults":2,"latency_seconds":{"Values":[0.001,0.05,10],"Counts":[2,1,1],"#
                    + #""Min":0.001,"Max":10,"Count":4,"Sum":20.032},"queue_depth":4.5}"#,
                all + #""Requests":5,"Faults":0,"latency_seconds":{"Values":[0.2],"Counts":[1],"Min":0.2,"Max":0.2,"#
                    + #""Count":1,"Sum":0.14999999999999858},"queue_depth":4.5}"#,
                head([requests, faults, queue].joined(separator: ",")) + #""Requests":0,"Faults":0,"queue_depth":4.5}"#,
            ])
    }

    @Test func aResetCounterIsCountedFromZero() throws {
        let (registry, file) = (PrometheusRegistry(), LogFile())
        let counter = Counter(label: "c", factory: registry)
        let reporter = reporter(registry, file, [.init("c", unit: .count)])
        counter.increment(by: 9)
        reporter.report()
        counter.reset()
        counter.increment(by: 4)
        reporter.report()
        #expect(try file.objects().map { $0["c"] as? Int } == [9, 4])
    }

    @Test func aDirectiveHasAtMostAHundredMetrics() throws {
        let (registry, file) = (PrometheusRegistry(), LogFile())
        for number in 0..<250 { Counter(label: "c\(number)", factory: registry).increment(by: number) }
        reporter(registry, file, (0..<250).map { .init("c\($0)", unit: .count) }).report()
        var seen: [String: Int] = [:]
        for object in try file.objects() {
            let aws = try #require(object["_aws"] as? [String: Any])
            let directives = try #require(aws["CloudWatchMetrics"] as? [[String: Any]])
            let metrics = try #require(directives.first?["Metrics"] as? [[String: Any]])
            #expect(directives.count == 1 && metrics.count <= 100)
            for metric in metrics {
                let name = try #require(metric["Name"] as? String)
                seen[name] = try #require(object[name] as? Int)
            }
        }
        #expect(try file.objects().count == 3)
        #expect(seen == Dictionary(uniqueKeysWithValues: (0..<250).map { ("c\($0)", $0) }))
    }

    @Test func theLastMinuteIsReportedWhenTheTaskEnds() async throws {
        let (registry, file) = (PrometheusRegistry(), LogFile())
        Counter(label: "c", factory: registry).increment(by: 3)
        let reporter = reporter(registry, file, [.init("c", unit: .count)], interval: .seconds(3_600))
        let task = Task { await reporter.run() }
        task.cancel()
        await task.value
        #expect(try file.objects().map { $0["c"] as? Int } == [3])
    }
}
