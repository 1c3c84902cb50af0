/// Two reports side by side.
public struct Comparison: Sendable {
    private static let tolerance = 0.1

    private struct Line: Sendable {
        var name: String
        var before: Double
        var after: Double
        var isBetterWhenMore = false

        /// By which part the second differs; nil: from nothing.
        var change: Double? { before == 0 ? (after == 0 ? 0 : nil) : (after - before) / before }

        var isWorse: Bool {
            guard let change else { return !isBetterWhenMore && after > 0 }
            return isBetterWhenMore ? change < -tolerance : change > tolerance
        }
    }

    private let before: RunReport
    private let after: RunReport
    private let lines: [Line]

    public init(before: RunReport, after: RunReport) {
        self.before = before
        self.after = after
        func latency(_ name: String, _ left: RunReport.Latency?, _ right: RunReport.Latency?) -> [Line] {
            guard let left, let right else { return [] }
            return [
                Line(name: "\(name) p50 ms", before: left.p50, after: right.p50),
                Line(name: "\(name) p95 ms", before: left.p95, after: right.p95),
                Line(name: "\(name) p99 ms", before: left.p99, after: right.p99),
            ]
        }
        func errors(_ report: RunReport) -> Double { Double(report.tally.all - report.tally.answered) }
        var lines = [
            Line(
                name: "answers/s", before: before.answersPerSecond, after: after.answersPerSecond,
                isBetterWhenMore: true),
            Line(name: "errors", before: errors(before), after: errors(after)),
        ]
        lines += latency("all", before.latency, after.latency)
        for requestClass in RequestClass.allCases {
            let name = requestClass.rawValue
            lines += latency(name, before.classes[name]?.latency, after.classes[name]?.latency)
        }
        self.lines = lines
    }

    /// Whether the second is worse in its verdict, its throughput or its latency over all, by more than a tenth.
    public var isWorse: Bool {
        before.verdict.result == .passed && after.verdict.result != .passed
            || lines.contains { ($0.name == "answers/s" || $0.name.hasPrefix("all ")) && $0.isWorse }
    }

    public var text: String {
        var rows = [["", "before", "after", "change", ""]]
        rows.append(["verdict", before.verdict.result.rawValue, after.verdict.result.rawValue, "", ""])
        rows += lines.map { line in
            let change = line.change.map { "\($0 > 0 ? "+" : "")\(ReportText.number(($0 * 1_000).rounded() / 10)) %" }
            return [
                line.name, ReportText.number(line.before), ReportText.number(line.after), change ?? "new",
                line.isWorse ? "worse" : "",
            ]
        }
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = rows.map { row in
            let cells = row.enumerated().map { index, cell in
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                return index == 0 || index == 4 ? cell + padding : padding + cell
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
        if before.scenario != after.scenario {
            text += "The scenarios differ: compare these figures with care.\n"
        }
        return text
    }
}
