internal import Foundation

/// report.html: one file without a script and without a word from another host.
struct ReportPage {
    private let report: RunReport
    private let words: ReportText
    private let tables: PlatformTables?

    init(_ report: RunReport) {
        self.report = report
        words = ReportText(report)
        tables = report.platform.map { PlatformTables(platform: $0) }
    }

    var html: String {
        HTML.page(
            "\(report.name): \(report.verdict.result.rawValue)",
            """
            <h1>Load test: \(HTML.text(report.name))</h1>
            <p class="verdict \(report.verdict.result.rawValue)" id="verdict">\(HTML.text(words.headline))</p>
            \(HTML.list(report.verdict.reasons))
            <p>Run \(HTML.text(report.runID)), \(report.startedAt), \(report.seconds) s, seed \(report.seed), against \
            \(HTML.text(report.environment.publicURL)) and \(HTML.text(report.environment.confirmURL)).
            Latency counts from the planned instant of a request, service time from its sending.</p>
            \(throughput.svg)
            \(charts?.tasks.map(\.svg).joined(separator: "\n") ?? "")
            \(latencyOverTime.svg)
            \(percentiles.svg)
            \(lag.svg)
            <h2>Latency in ms</h2>
            \(latencyTable)
            <h2>Classes</h2>
            \(classTable)
            <h2>Answers</h2>
            \(outcomeTable)
            <h2>Promises</h2>
            \(HTML.list(words.promises))
            <h2>Generator</h2>
            \(HTML.list(words.generator))
            \(report.surprises.isEmpty ? "" : "<h2>Examples of what was not expected</h2>\n" + HTML.list(report.surprises))
            <h2>Phases</h2>
            \(phaseTable)
            \(platform)
            """)
    }

    private var platform: String {
        guard let tables, let charts else { return "" }
        let parts = tables.all.map { table in
            "<h3>\(HTML.text(table.title))</h3>\n"
                + (table.rows.isEmpty ? "<p>\(HTML.text(table.nothing))</p>" : HTML.table(table.head, table.rows))
        }
        let nothing = HTML.list(charts.withoutData.map { "no data: \($0)" })
        return
            (["<h2 id=\"platform\">Platform</h2>", HTML.list(tables.notes)] + parts + charts.graphs.map(\.svg) + [
                nothing
            ])
            .joined(separator: "\n")
    }

    // MARK: - Charts

    private var charts: PlatformCharts? {
        report.platform.map { PlatformCharts(platform: $0, seconds: report.seconds, ticks: timeTicks) }
    }

    private var timeTicks: [Chart.Tick] {
        let seconds = Double(max(1, report.seconds))
        return (0...5).map { step in
            let second = seconds * Double(step) / 5
            return Chart.Tick(
                value: second,
                text: seconds >= 300 ? "\(ReportText.number((second / 6).rounded() / 10)) min" : "\(Int(second)) s")
        }
    }

    private func overTime(_ name: String, _ style: String, _ value: (RunReport.Row) -> Double) -> Chart.Line {
        Chart.Line(
            name: name, style: style,
            points: report.series.map { (Double($0.second) + Double($0.seconds) / 2, value($0)) })
    }

    private var throughput: Chart {
        Chart(
            title: "Requests a second",
            lines: [
                overTime("due", "d", \.due), overTime("answered", "a", \.answered), overTime("errors", "e", \.errors),
            ], xTicks: timeTicks, yUnit: "/s", marks: charts?.marks ?? [])
    }

    private var latencyOverTime: Chart {
        Chart(
            title: "Latency over time",
            lines: [overTime("p50", "a", \.p50), overTime("p95", "b", \.p95), overTime("p99", "e", \.p99)],
            xTicks: timeTicks, yUnit: "ms", marks: charts?.marks ?? [])
    }

    private var lag: Chart {
        Chart(
            title: "Schedule lag of the generator, p99", lines: [overTime("lag", "d", \.lagP99)], xTicks: timeTicks,
            yUnit: "ms")
    }

    private var percentiles: Chart {
        // On an axis of -log10(1 - percentile) each nine takes the same room.
        let last = Double(report.curve.dropLast().count) / 8
        func points(_ value: (RunReport.CurvePoint) -> Double) -> [(x: Double, y: Double)] {
            report.curve.enumerated().map { (Double($0.offset) / 8, value($0.element)) }
        }
        let names = [(0.0, "0 %"), (1, "90 %"), (2, "99 %"), (3, "99.9 %"), (4, "99.99 %"), (5, "99.999 %")]
        return Chart(
            title: "Percentiles",
            lines: [
                Chart.Line(name: "latency", style: "a", points: points(\.latency)),
                Chart.Line(name: "service time", style: "d", points: points(\.service)),
            ], xTicks: names.filter { $0.0 <= max(1, last) }.map { Chart.Tick(value: $0.0, text: $0.1) }, yUnit: "ms")
    }

    // MARK: - Tables

    private var latencyTable: String {
        let rows = [("latency", report.latency), ("service time", report.service), ("schedule lag", report.lag)]
        return HTML.table(
            ["", "count", "mean", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "max"],
            rows.map { name, value in
                [name, "\(value.count)"]
                    + [
                        value.mean, value.p50, value.p75, value.p90, value.p95, value.p99, value.p999, value.p9999,
                        value.max,
                    ].map(ReportText.number)
            })
    }

    private var classTable: String {
        HTML.table(
            ["class", "done", "refused", "5xx", "unexpected", "no answer", "p50", "p95", "p99", "max", "service p95"],
            words.classes.map { name, part in
                let tally = part.tally
                return [name]
                    + [tally.succeeded, tally.refused, tally.serverErrors, tally.unexpected, tally.failed].map(
                        String.init)
                    + [
                        part.latency.p50, part.latency.p95, part.latency.p99, part.latency.max, part.service.p95,
                    ].map(ReportText.number)
            })
    }

    private var outcomeTable: String {
        HTML.table(
            ["class", "answer", "count"],
            words.classes.flatMap { name, part in
                part.outcomes.sorted { $0.key < $1.key }.map { outcome, count in
                    [name, Failure(rawValue: outcome).map { "\(outcome): \($0.explanation)" } ?? outcome, "\(count)"]
                }
            })
    }

    private var phaseTable: String {
        HTML.table(
            ["phase", "from /s", "to /s", "seconds"],
            report.scenario.phases.map {
                [$0.name] + [$0.fromRate, $0.toRate, $0.seconds].map(ReportText.number)
            })
    }
}
