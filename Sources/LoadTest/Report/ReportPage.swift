internal import Foundation

/// report.html: one file without a script and without a word from another host.
struct ReportPage {
    private let report: RunReport
    private let words: ReportText

    init(_ report: RunReport) {
        self.report = report
        words = ReportText(report)
    }

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <title>\(HTML.text(report.name)): \(report.verdict.result.rawValue)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <h1>Load test: \(HTML.text(report.name))</h1>
        <p class="verdict \(report.verdict.result.rawValue)" id="verdict">\(HTML.text(words.headline))</p>
        \(list(report.verdict.reasons))
        <p>Run \(HTML.text(report.runID)), \(report.startedAt), \(report.seconds) s, seed \(report.seed), against \
        \(HTML.text(report.environment.publicURL)) and \(HTML.text(report.environment.confirmURL)).
        Latency counts from the planned instant of a request, service time from its sending.</p>
        \(throughput.svg)
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
        \(list(words.promises))
        <h2>Generator</h2>
        \(list(words.generator))
        \(report.surprises.isEmpty ? "" : "<h2>Examples of what was not expected</h2>\n" + list(report.surprises))
        <h2>Phases</h2>
        \(phaseTable)
        </body>
        </html>

        """
    }

    // MARK: - Charts

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
            ], xTicks: timeTicks, yUnit: "/s")
    }

    private var latencyOverTime: Chart {
        Chart(
            title: "Latency over time",
            lines: [overTime("p50", "a", \.p50), overTime("p95", "b", \.p95), overTime("p99", "e", \.p99)],
            xTicks: timeTicks, yUnit: "ms")
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
        return table(
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
        table(
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
        table(
            ["class", "answer", "count"],
            words.classes.flatMap { name, part in
                part.outcomes.sorted { $0.key < $1.key }.map { outcome, count in
                    [name, Failure(rawValue: outcome).map { "\(outcome): \($0.explanation)" } ?? outcome, "\(count)"]
                }
            })
    }

    private var phaseTable: String {
        table(
            ["phase", "from /s", "to /s", "seconds"],
            report.scenario.phases.map {
                [$0.name] + [$0.fromRate, $0.toRate, $0.seconds].map(ReportText.number)
            })
    }

    private func table(_ head: [String], _ rows: [[String]]) -> String {
        func line(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(HTML.text($0))</\(tag)>" }.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table>\n"
            + ([line(head, "th")] + rows.map { line($0, "td") }).joined(separator: "\n")
            + "\n</table></div>"
    }

    private func list(_ items: [String]) -> String {
        items.isEmpty ? "" : "<ul>\n" + items.map { "<li>\(HTML.text($0))</li>" }.joined(separator: "\n") + "\n</ul>"
    }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #d5dae0;
                --a: #0969da; --b: #8250df; --d: #6e7781; --e: #cf222e; --good: #1a7f37; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --paper: #0d1117; --faint: #30363d; --a: #58a6ff; --b: #bc8cff; --d: #8b949e;
                  --e: #ff7b72; --good: #3fb950; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
               max-width: 820px; margin: 2rem auto; padding: 0 1rem; }
        .verdict { font-weight: 600; font-size: 1.2rem; border-left: .4rem solid var(--e); padding-left: .6rem; }
        .verdict.passed { border-color: var(--good); }
        .verdict.invalid { border-color: var(--b); }
        figure { margin: 1.5rem 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
        .grid { stroke: var(--faint); } text { fill: var(--d); font-size: 11px; }
        text.y { text-anchor: end; dominant-baseline: middle; } text.x { text-anchor: middle; }
        .line { fill: none; stroke-width: 1.6; } .line.a { stroke: var(--a); } .line.b { stroke: var(--b); }
        .line.d { stroke: var(--d); stroke-dasharray: 4 3; } .line.e { stroke: var(--e); }
        .key { font-weight: 400; margin-left: .8rem; } .key.a { color: var(--a); } .key.b { color: var(--b); }
        .key.d { color: var(--d); } .key.e { color: var(--e); }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--faint); text-align: right; }
        th:first-child, td:first-child { text-align: left; }
        """
}
