internal import Foundation

/// Where a run leaves what it found: report.json, report.md, report.html, and the histories.
public struct ReportFolder: Sendable {
    public let path: String

    /// - Parameter path: of the folder, or of the report.json in it.
    public init(_ path: String) {
        self.path = path.hasSuffix(".json") ? URL(filePath: path).deletingLastPathComponent().path : path
    }

    public var reportPath: String { "\(path)/report.json" }
    public var pagePath: String { "\(path)/report.html" }

    /// `worker`: from 0.
    public func historyPath(worker: Int) -> String { "\(path)/history-\(worker).tsv" }

    /// Makes the folder; what an earlier run left there is taken away.
    /// - Throws: `LoadTestError` `file`.
    public func prepare() throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for name in try FileManager.default.contentsOfDirectory(atPath: path)
            where name.hasPrefix("history-") && name.hasSuffix(".tsv") || name.hasPrefix("report.") {
                try FileManager.default.removeItem(atPath: "\(path)/\(name)")
            }
        } catch {
            throw failure("made", error)
        }
    }

    public func write(_ report: RunReport) throws {
        do {
            try report.json().write(to: URL(filePath: reportPath))
        } catch {
            throw failure("written", error)
        }
        try writePages(report)
    }

    public func writePages(_ report: RunReport) throws {
        do {
            try Data(ReportText(report).markdown.utf8).write(to: URL(filePath: "\(path)/report.md"))
            try Data(ReportPage(report).html.utf8).write(to: URL(filePath: pagePath))
        } catch {
            throw failure("written", error)
        }
    }

    public func read() throws -> RunReport { try RunReport.read(path: reportPath) }

    private func failure(_ what: String, _ error: any Error) -> LoadTestError {
        LoadTestError(
            .file, "the report folder \(path) cannot be \(what): \(error.localizedDescription)",
            next: "name another with --report")
    }
}
