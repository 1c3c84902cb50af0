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
