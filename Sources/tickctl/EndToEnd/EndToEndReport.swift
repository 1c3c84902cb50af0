import Foundation
import LoadTest

/// What `tickctl e2e` leaves behind: e2e.json and e2e.html.
struct EndToEndReport: Codable, Sendable {
    var publicURL: String
    var confirmURL: String
    var eventID: String
    /// RFC 3339, UTC.
    var startedAt: String
    var toolVersion: String
    var results: [EndToEndResult]

    func count(_ outcome: EndToEndResult.Outcome) -> Int { results.count { $0.outcome == outcome } }

    /// "97 passed, 1 failed, 4 could not be shown".
    var headline: String {
        "\(count(.passed)) passed, \(count(.failed)) failed, \(count(.skipped)) could not be shown"
    }

    /// - Throws: `Refusal` when the folder cannot be written.
    func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try encoder.encode(self).write(to: URL(filePath: "\(folder)/e2e.json"))
            try Data(page.utf8).write(to: URL(filePath: "\(folder)/e2e.html"))
        } catch {
            throw Refusal(
                description:
                    "the report folder \(folder) cannot be written: \(error.localizedDescription); name another "
                    + "with --report")
        }
    }

    /// One file, failures first.
    var page: String {
        var parts = [
            "<h1>End to end</h1>",
            "<p class=\"verdict \(count(.failed) == 0 ? "passed" : "failed")\" id=\"verdict\">\(HTML.text(headline))</p>",
            "<p>\(HTML.text(startedAt)), against \(HTML.text(publicURL)) and \(HTML.text(confirmURL)), event "
                + "\(HTML.text(eventID)), tickctl \(HTML.text(toolVersion)).</p>",
        ]
        let failures = results.filter { $0.outcome == .failed }
        if !failures.isEmpty {
            parts.append("<h2>Failures</h2>")
            parts.append(
                HTML.table(
                    ["section", "case", "expected", "got"],
                    failures.map { [$0.section.rawValue, $0.name, $0.expected ?? "", $0.got ?? ""] }))
        }
        for section in EndToEndCase.Section.allCases {
            let found = results.filter { $0.section == section }
            guard !found.isEmpty else { continue }
            parts.append("<h2>\(HTML.text(section.rawValue))</h2>")
            parts.append(
                HTML.table(
                    ["case", "result", "ms"],
                    found.map { one in
                        [one.name, one.outcome.rawValue + (one.reason.map { ": \($0)" } ?? ""), "\(one.milliseconds)"]
                    }))
        }
        return HTML.page("End to end: \(headline)", parts.joined(separator: "\n"))
    }
}
