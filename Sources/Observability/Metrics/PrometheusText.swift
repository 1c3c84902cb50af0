/// The Prometheus text exposition format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// One block a metric: HELP where there is one, TYPE, samples. The same snapshots give the same bytes.
    public static func render(_ metrics: [MetricSnapshot]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(metrics.count * 512)
        func line(_ line: String) {
            text.append(contentsOf: line.utf8)
            text.append(0x0A)
        }
        for metric in metrics where !metric.series.isEmpty {
            if let help = metric.help { line("# HELP \(metric.name) \(escapedHelp(help))") }
            line("# TYPE \(metric.name) \(metric.kind.rawValue)")
            for series in metric.series {
                let labels = series.labels.text
                let braces = labels.isEmpty ? "" : "{\(labels)}"
                switch series.value {
                case .integer(let value): line("\(metric.name)\(braces) \(value)")
                case .double(let value): line("\(metric.name)\(braces) \(number(value))")
                case .histogram(let histogram):
                    let prefix = "\(metric.name)_bucket{\(labels)\(labels.isEmpty ? "" : ",")le=\""
                    var cumulative: Int64 = 0
                    for (index, count) in histogram.counts.enumerated() {
                        cumulative &+= count
                        let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
                        line("\(prefix)\(bound)\"} \(cumulative)")
                    }
                    line("\(metric.name)_sum\(braces) \(number(histogram.sum))")
                    line("\(metric.name)_count\(braces) \(cumulative)")
                }
            }
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return decimalText(value)
    }
}

/// Backslash, quote and newline, as the format asks for a label's value.
func escapedLabel(_ value: String) -> String {
    guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
    return escapedHelp(value).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
}

/// Backslash and newline, as the format asks for HELP.
private func escapedHelp(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": escaped += "\\\\"
        case "\n": escaped += "\\n"
        default: escaped.unicodeScalars.append(scalar)
        }
    }
    return escaped
}
