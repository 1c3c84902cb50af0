import Foundation
import Testing

@testable import LoadTest

@Suite struct ReportTests {
    private func report(latency: UInt32 = 10_000, failures: Int = 0) throws -> RunReport {
        let order = WorkerOrder.reads(rate: 100, seconds: 20, url: "http://127.0.0.1:1")
        var outcome = RunOutcome(begin: Date(timeIntervalSince1970: 0), workers: 1)
        for second in 0..<20 {
            var window = Window(second: second)
            var part = Window.Class()
            part.latency = LatencyHistogram.Bins((0..<100).map { latency + UInt32($0) * 10 })
            part.service = part.latency
            part.outcomes = ["200": 100 - failures, "timeout": failures]
            window.classes["read"] = part
            window.starts = 100
            window.lag = LatencyHistogram.Bins([UInt32](repeating: 100, count: 100))
            outcome.totals.add(window)
            outcome.series.add(window, due: 100)
            outcome.due += 100
        }
        return RunReport(
            outcome, order, purchases: PurchaseCheck(),
            environment: .init(
                publicURL: "http://127.0.0.1:1", confirmURL: "http://127.0.0.1:1", toolVersion: "1",
                commit: "<script>", workers: 1, loopsPerWorker: 1))
    }

    @Test func `a report is read as it was written`() throws {
        let report = try report()
        #expect(report.verdict.result == .passed)
        #expect(report.answersPerSecond == 100)
        #expect(try JSONDecoder().decode(RunReport.self, from: report.json()) == report)
    }

    @Test func `the page is one file without a script, and escapes what it shows`() throws {
        let html = ReportPage(try report()).html
        #expect(html.contains("<svg"))
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;"))
        #expect(!html.replacing("http://127.0.0.1:1", with: "").contains("http"))
    }

    @Test func `the platform's series stand on the run's axis, with a mark for every scaling in it`() throws {
        var report = try report()
        #expect(!ReportPage(report).html.contains("Platform"))
        report.platform = PlatformReport(
            collectedAt: "2026-01-01T00:00:00Z", problems: ["there: <b>refused</b>"],
            tasks: [
                .init(
                    region: "here", service: "public",
                    counts: [
                        .init(second: -2, desired: 12, running: 12, pending: 0),
                        .init(second: 15, desired: 15, running: 12, pending: 3),
                    ])
            ],
            events: [
                .init(
                    second: 10, region: "here", service: "public", from: 12, to: 15, status: "InProgress", cause: "a|b"),
                .init(second: 900, region: "here", service: "public", from: 15, to: 12, status: "Failed", cause: "c"),
            ],
            reactions: Reaction.all(
                region: "here", service: "public", to: report.scenario,
                counts: [.init(second: -2, desired: 12, running: 12, pending: 0)]),
            periodSeconds: 60,
            graphs: [
                .init(
                    region: "here", title: "Requests a second",
                    lines: [
                        .init(name: "public", points: [.init(second: -20, value: 5)]), .init(name: "none", points: []),
                    ])
            ], isEarly: true)
        let html = ReportPage(report).html
        // Of the two, one is within the run; it is drawn in the charts of throughput, tasks and latency.
        #expect(html.ranges(of: #"<g class="mark">"#).count == 3)
        // The middle of the minute that began before the run: 10 s of 20.
        #expect(html.contains(#"<circle class="line a" cx="406.0""#))
        #expect(html.contains("there: &lt;b&gt;refused") && html.contains("asks again"))
        let words = ReportText(report).markdown
        #expect(words.contains("| here public | constant | out | 0 to 100 | 0 | not seen | not seen |"))
        #expect(words.contains("| 10 | 1 | here public | 12 to 15 |  | InProgress | a\\|b |"))
        #expect(words.contains("| here Requests a second: none |  |  |  | no data |"))
        // What was measured is compared whether or not the platform was asked.
        #expect(!Comparison(before: try self.report(), after: report).isWorse)
    }

    @Test func `a report of another version says so`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(#"{"schema": 1, "name": "old"}"#.utf8).write(to: URL(filePath: path))
        let error = #expect(throws: LoadTestError.self) { try RunReport.read(path: path) }
        #expect(error?.message.hasSuffix("has schema 1, this tickctl knows 2") == true)
    }

    @Test func `a comparison tells what is worse`() throws {
        let same = Comparison(before: try report(), after: try report())
        #expect(!same.isWorse)
        let slower = Comparison(before: try report(), after: try report(latency: 20_000))
        #expect(slower.isWorse)
        #expect(slower.text.contains("all p95 ms"))
        #expect(!Comparison(before: try report(latency: 20_000), after: try report()).isWorse)
        #expect(Comparison(before: try report(), after: try report(failures: 20)).isWorse)
    }

    @Test func `a long run keeps a bounded number of rows, and their sums`() {
        var series = TimeSeries(mostRows: 50)
        for second in 0..<1_000 {
            var window = Window(second: second)
            var part = Window.Class()
            part.latency = LatencyHistogram.Bins([UInt32(second)])
            part.outcomes = ["200": 1]
            window.classes["read"] = part
            series.add(window, due: 1)
        }
        #expect(series.rows.count <= 50)
        #expect(series.rows.reduce(0) { $0 + $1.seconds } == 1_000)
        #expect(series.rows.reduce(0) { $0 + $1.tally.succeeded } == 1_000)
        #expect(series.rows.reduce(0) { $0 + $1.latency.count } == 1_000)
        #expect(series.rows.map(\.second) == series.rows.indices.map { $0 * series.secondsPerRow })
    }

    @Test func `a live line fits its terminal and shows the last minute`() {
        let scenario = WorkerOrder.reads(rate: 100, seconds: 20, url: "http://127.0.0.1:1").scenario
        var view = LiveView(isLive: true)
        var plain = LiveView(isLive: false)
        var lines: [String] = []
        for second in 0..<20 {
            let live = LiveSecond(Window(second: second), due: 100, of: scenario)
            let text = view.text(live, columns: 60) ?? ""
            #expect(text.hasPrefix("\r\u{1B}[2K"))
            #expect(text.dropFirst(5).count <= 60)
            if let line = plain.text(live, columns: 60) { lines.append(line) }
        }
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("0:00  constant  0/s of 100"))
    }
}
