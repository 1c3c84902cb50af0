import Foundation
import Glibc
import Metrics
import Observability

/// A log writer into a temporary file, and the lines it wrote.
final class LogFile {
    let registry = PrometheusRegistry()
    let writer: LogWriter
    private let path: String
    private let descriptor: Int32

    init() {
        path = NSTemporaryDirectory() + "/observability-\(UUID().uuidString).log"
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        writer = LogWriter(
            descriptor: descriptor, dropped: Counter(label: "logs_dropped_total", factory: registry))
    }

    deinit {
        writer.flush(timeout: .seconds(120))
        close(descriptor)
        unlink(path)
    }

    /// The file so far, after a flush.
    func text() throws -> String {
        writer.flush(timeout: .seconds(120))
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    func objects() throws -> [[String: Any]] {
        try text().split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return object as? [String: Any] ?? [:]
        }
    }
}

extension PrometheusRegistry {
    /// A counter's value; nil when there is no such series.
    func counter(_ name: String, _ labels: [String: String] = [:]) -> Int64? {
        let series = snapshot().first { $0.name == name }?.series.first { $0.labels.pairs == labels }
        guard case .integer(let value) = series?.value else { return nil }
        return value
    }

    func histogram(_ name: String) -> MetricSnapshot.Histogram? {
        guard case .histogram(let histogram) = snapshot().first(where: { $0.name == name })?.series.first?.value
        else { return nil }
        return histogram
    }
}
