/// What the platform told of itself, as charts on the time axis of a run.
struct PlatformCharts {
    private static let styles = ["a", "b", "c", "e", "f", "g"]

    let platform: PlatformReport
    /// Of the run.
    let seconds: Int
    let ticks: [Chart.Tick]

    /// The scaling events, numbered as in their table.
    var marks: [Chart.Mark] {
        platform.events.enumerated().map { index, event in
            Chart.Mark(
                x: event.second, name: "\(index + 1)",
                title: "\(event.region) \(event.service): \(PlatformTables.change(event))")
        }
    }

    /// One a region: what every look at its services saw, drawn as steps.
    var tasks: [Chart] {
        regions(platform.tasks.map(\.region)).map { region in
            let services = platform.tasks.filter { $0.region == region }
            return Chart(
                title: "Tasks in \(region), desired dashed",
                lines: services.enumerated().flatMap { index, service in
                    let style = Self.styles[index % Self.styles.count]
                    return [
                        Chart.Line(name: service.service, style: style, points: steps(service.counts, \.running)),
                        Chart.Line(name: "", style: "\(style) dash", points: steps(service.counts, \.desired)),
                    ]
                }, xTicks: ticks, yUnit: "", marks: marks)
        }
    }

    /// Titles of the graphs that would be empty.
    var withoutData: [String] {
        platform.graphs.filter { $0.lines.allSatisfy(\.points.isEmpty) }.map(Self.title)
    }

    /// CloudWatch's, a point in the middle of its period.
    var graphs: [Chart] {
        let half = Double(platform.periodSeconds) / 2
        return platform.graphs.filter { !$0.lines.allSatisfy(\.points.isEmpty) }.map { graph in
            Chart(
                title: Self.title(graph),
                lines: graph.lines.enumerated().map { index, line in
                    Chart.Line(
                        name: line.name,
                        style: Self.styles[index % Self.styles.count] + (index < Self.styles.count ? "" : " dash"),
                        points: line.points.map { (onAxis($0.second + half), $0.value) })
                }, xTicks: ticks, yUnit: "")
        }
    }

    private static func title(_ graph: PlatformReport.Graph) -> String { "\(graph.title), \(graph.region)" }

    private func steps(
        _ counts: [PlatformReport.Count], _ value: (PlatformReport.Count) -> Int
    ) -> [(x: Double, y: Double)] {
        var points: [(x: Double, y: Double)] = []
        for count in counts {
            if let last = points.last { points.append((onAxis(count.second), last.y)) }
            points.append((onAxis(count.second), Double(value(count))))
        }
        return points
    }

    /// The first period begins before the run and the last one ends after it.
    private func onAxis(_ second: Double) -> Double { min(max(0, second), Double(max(1, seconds))) }

    private func regions(_ names: [String]) -> [String] {
        names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
