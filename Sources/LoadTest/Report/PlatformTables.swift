internal import Foundation

/// What the platform told of itself, in tables: for a page and for words.
struct PlatformTables {
    struct Table {
        var title: String
        /// What stands there when there are no rows.
        var nothing: String
        var head: [String]
        var rows: [[String]]
    }

    let platform: PlatformReport

    /// What to know before reading on.
    var notes: [String] {
        var notes = ["asked at \(platform.collectedAt)"]
        if platform.isEarly {
            notes.append(
                "CloudWatch shows a minute up to \(Int(PlatformCollection.delay / 60)) minutes late, so the end may be "
                    + "missing: `tickctl load report FOLDER --cloudwatch` asks again")
        }
        return notes + platform.problems.map { "not known: \($0)" }
    }

    var all: [Table] { [reactions, events, series] }

    private var reactions: Table {
        Table(
            title: "Reaction to the rate, in seconds from the planned change",
            nothing: "The scenario names no task counts.",
            head: ["region, service", "phase", "direction", "requests/s", "planned at s", "desired", "running"],
            rows: platform.reactions.map { reaction in
                [
                    "\(reaction.region) \(reaction.service)", reaction.phase, reaction.direction.rawValue,
                    "\(ReportText.number(reaction.fromRate)) to \(ReportText.number(reaction.toRate))",
                    ReportText.number(reaction.plannedSecond), Self.seen(reaction.desiredAfter),
                    Self.seen(reaction.runningAfter),
                ]
            })
    }

    private var events: Table {
        Table(
            title: "Scaling", nothing: "Autoscaling did nothing in that time.",
            head: ["at s", "mark", "region, service", "tasks", "fulfilled after s", "status", "cause"],
            rows: platform.events.enumerated().map { index, event in
                [
                    ReportText.number(event.second), "\(index + 1)", "\(event.region) \(event.service)",
                    Self.change(event),
                    event.endSecond.map { ReportText.number($0 - event.second) } ?? "", event.status, event.cause,
                ]
            })
    }

    private var series: Table {
        Table(
            title: "CloudWatch, by periods of \(platform.periodSeconds) s", nothing: "No series was asked for.",
            head: ["series", "least", "mean", "most", "points"],
            rows: platform.graphs.flatMap { graph in
                graph.lines.map { line in
                    let values = line.points.map(\.value)
                    let mean = values.reduce(0, +) / Double(max(1, values.count))
                    return ["\(graph.region) \(graph.title): \(line.name)"]
                        + (values.isEmpty
                            ? ["", "", "", "no data"]
                            : [values.min() ?? 0, mean, values.max() ?? 0].map(ReportText.number) + ["\(values.count)"])
                }
            })
    }

    /// "24 to 29", "? to 29".
    static func change(_ event: PlatformReport.ScalingEvent) -> String {
        "\(event.from.map(String.init) ?? "?") to \(event.to.map(String.init) ?? "?")"
    }

    private static func seen(_ seconds: Double?) -> String { seconds.map(ReportText.number) ?? "not seen" }
}
