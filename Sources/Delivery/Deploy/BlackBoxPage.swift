import Foundation

/// A black box as one HTML page that needs nothing else: no script, no link, every text escaped.
struct BlackBoxPage {
    let html: String

    init(_ box: BlackBox) {
        var body = "<h1>\(Self.escaped(box.operation)) \(Self.escaped(box.release)): wave \(box.wave) failed</h1>\n"
        body += "<p class=\"reason\">\(Self.escaped(box.reason))</p>\n"
        body += "<p>by \(Self.escaped(box.by)), begun \(box.since.formatted(.iso8601)), "
        body += "written \(box.at.formatted(.iso8601))</p>\n"
        body += Self.list("What could not be seen", box.gaps)
        body += "<h2>Alarms</h2>\n"
        body += Self.table(
            ["region", "alarm", "state", "reason"],
            box.alarms.map { [$0.region, $0.name, $0.state, $0.reason ?? ""] })
        for service in box.services { body += Self.section(service) }
        html = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(Self.escaped(box.release))</title>
            <style>
            body { font: 14px/1.5 sans-serif; margin: 2em; max-width: 110em }
            table { border-collapse: collapse } td, th { border: 1px solid #999; padding: 2px 8px; text-align: left }
            pre { background: #eee; padding: 1em; overflow: auto } .reason { color: #a00; font-weight: bold }
            </style></head><body>
            \(body)</body></html>

            """
    }

    private static func section(_ service: BlackBox.Service) -> String {
        var text = "<h2>\(escaped(service.region)) / \(escaped(service.service))</h2>\n"
        text += "<p>from \(escaped(service.from)) to \(escaped(service.to))</p>\n"
        text += list("What could not be seen", service.gaps)
        text += "<h3>Stopped tasks</h3>\n"
        text += table(
            ["task", "revision", "code", "reason", "containers"],
            service.stoppedTasks.map {
                [$0.task, $0.revision ?? "", $0.code ?? "", $0.reason ?? "", $0.containers.joined(separator: "; ")]
            })
        text += "<h3>Targets</h3>\n"
        text += table(["target", "state", "reason"], service.targets.map { [$0.target, $0.state, $0.reason ?? ""] })
        text += "<h3>Events</h3>\n"
        text += table(
            ["time", "event"], service.events.map { [$0.time.map { $0.formatted(.iso8601) } ?? "", $0.message] })
        text += "<h3>Last log lines</h3>\n<pre>"
        text += service.logLines.map(escaped).joined(separator: "\n")
        return text + "</pre>\n"
    }

    private static func list(_ title: String, _ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        return "<h3>\(escaped(title))</h3>\n<ul>" + lines.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>\n"
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "<p>none</p>\n" }
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>\n"
        }
        return "<table>\n" + row(head, "th") + rows.map { row($0, "td") }.joined() + "</table>\n"
    }

    /// Control characters are shown as what they are not: nothing.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            default:
                if scalar.value >= 0x20, scalar.value != 0x7F { escaped.unicodeScalars.append(scalar) }
            }
        }
        return escaped
    }
}
