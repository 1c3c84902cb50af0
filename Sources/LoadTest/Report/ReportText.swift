internal import Foundation

/// A report in words: what a terminal shows at the end, and report.md.
public struct ReportText {
    private let report: RunReport

    public init(_ report: RunReport) { self.report = report }

    /// Markdown (https://commonmark.org, with the tables of https://github.github.com/gfm).
    public var markdown: String {
        var lines = ["# Load test: \(report.name)", "", "**\(headline)**", ""]
        lines += report.verdict.reasons.map { "- \($0)" }
        if !report.verdict.reasons.isEmpty { lines.append("") }
        lines += [
            "Run \(report.runID), \(report.startedAt), \(report.seconds) s, seed \(report.seed), against "
                + "\(report.environment.publicURL) and \(report.environment.confirmURL).", "",
            "| | count | answers/s | mean | p50 | p90 | p95 | p99 | p99.9 | max |",
            "|---|---|---|---|---|---|---|---|---|---|",
            row("latency (ms)", report.latency, report.answersPerSecond),
            row("service time (ms)", report.service, nil), row("schedule lag (ms)", report.lag, nil), "",
            "Latency counts from the planned instant of a request, service time from its sending.", "",
            "| class | done | refused | 5xx | unexpected | no answer | p50 | p95 | p99 | max |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        lines += classes.map { name, part in
            let tally = part.tally
            return "| \(name) | \(tally.succeeded) | \(tally.refused) | \(tally.serverErrors) | \(tally.unexpected) | "
                + "\(tally.failed) | \(Self.number(part.latency.p50)) | \(Self.number(part.latency.p95)) | "
                + "\(Self.number(part.latency.p99)) | \(Self.number(part.latency.max)) |"
        }
        lines += ["", "## Promises", ""] + promises.map { "- \($0)" }
        lines += ["", "## Generator", ""] + generator.map { "- \($0)" }
        lines += platform
        if !report.tally.failures.isEmpty {
            lines += ["", "## No answer", ""]
            lines += report.tally.failures.sorted { $0.key < $1.key }.map { name, count in
                "- \(name): \(count) (\(Failure(rawValue: name)?.explanation ?? name))"
            }
        }
        if !report.surprises.isEmpty {
            lines += ["", "## Examples of what was not expected", ""]
            lines += report.surprises.map { "    \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var platform: [String] {
        guard let tables = report.platform.map({ PlatformTables(platform: $0) }) else { return [] }
        func row(_ cells: [String]) -> String {
            "| " + cells.map { $0.replacing("|", with: "\\|").replacing("\n", with: " ") }.joined(separator: " | ")
                + " |"
        }
        return ["", "## Platform", ""] + tables.notes.map { "- \($0)" }
            + tables.all.flatMap { table in
                ["", "### \(table.title)", ""]
                    + (table.rows.isEmpty
                        ? [table.nothing]
                        : [row(table.head), "|" + String(repeating: "---|", count: table.head.count)]
                            + table.rows.map(row))
            }
    }

    /// "PASSED: 1234.5 answers/s, p95 12 ms".
    public var headline: String {
        "\(report.verdict.result.rawValue.uppercased()): \(Self.number(report.answersPerSecond)) answers/s, "
            + "p50 \(Self.number(report.latency.p50)) ms, p95 \(Self.number(report.latency.p95)) ms, "
            + "p99 \(Self.number(report.latency.p99)) ms"
    }

    /// In the order of a buyer's way.
    public var classes: [(name: String, part: RunReport.Class)] {
        RequestClass.allCases.compactMap { requestClass in
            report.classes[requestClass.rawValue].map { (requestClass.rawValue, $0) }
        }
    }

    var promises: [String] {
        let purchases = report.purchases
        return [
            "accepted (202): \(purchases.accepted); confirmed \(purchases.confirmed), rejected \(purchases.rejected)",
            "seats sold twice: \(purchases.doubleSold)", "accepted and lost: \(purchases.lost)",
            "replays that differ: \(purchases.replaysThatDiffer)",
            "decided orders that changed: \(purchases.statusesThatWentBack)",
            "orders that the stores have otherwise: " + (purchases.storesThatDisagree.map(String.init) ?? "not asked"),
        ] + purchases.examples.map { "example: \($0)" }
    }

    var generator: [String] {
        let environment = report.environment
        let cores = report.seconds > 0 ? report.cpuSeconds / Double(report.seconds) : 0
        let tasks = environment.tasks.map { tasks in
            let regions = tasks.byRegion.sorted { $0.key < $1.key }.map { "\($0.value) in \($0.key)" }
            return "tasks of \(tasks.definition): \(regions.joined(separator: ", ")); coordinated from "
        }
        return [
            "\(environment.workers) worker(s) with \(environment.loopsPerWorker) event loop(s) each, "
                + (tasks ?? "") + "\(environment.cores) cores, \(environment.system)",
            "tickctl \(environment.toolVersion)" + (environment.commit.map { ", commit \($0)" } ?? ""),
            "schedule lag p99 \(Self.number(report.lag.p99)) ms "
                + "(above \(Double(Verdict.mostLagMicroseconds) / 1_000) ms a run is invalid)",
            "dropped starts: \(report.tally.dropped)",
            "sockets exhausted: \(report.tally.failures[Failure.socketsExhausted.rawValue] ?? 0)",
            "CPU: \(Self.number(report.cpuSeconds)) s, \(Self.number(cores)) cores",
            "connections: \(report.mostConnections) at most",
        ]
    }

    private func row(_ name: String, _ latency: RunReport.Latency, _ rate: Double?) -> String {
        let values = [latency.mean, latency.p50, latency.p90, latency.p95, latency.p99, latency.p999, latency.max]
        return "| \(name) | \(latency.count) | \(rate.map(Self.number) ?? "") | "
            + values.map(Self.number).joined(separator: " | ") + " |"
    }

    /// Three digits, or all before the point.
    static func number(_ value: Double) -> String {
        let magnitude = abs(value)
        let digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3
        let text = String(format: "%.\(digits)f", value)
        return text.contains(".") ? text.replacing(#/\.?0+$/#, with: "") : text
    }
}
