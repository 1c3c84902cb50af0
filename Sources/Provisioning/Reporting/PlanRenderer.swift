/// Writes plans for people.
public struct PlanRenderer: Sendable {
    private let style: TextStyle

    public init(style: TextStyle) { self.style = style }

    /// Changes and refusals by step and region, then one line that counts them.
    public func render(_ plan: Plan) -> String {
        var lines: [String] = []
        var slice: SliceID?
        for entry in inOrder(plan.entries) where entry.action != .none {
            let current = SliceID(region: entry.node.region, step: entry.step)
            if current != slice {
                lines.append(style.bold("\(current.step)  \(current.region)"))
                slice = current
            }
            lines += render(entry)
        }
        lines.append(summary(plan))
        return lines.joined(separator: "\n")
    }

    /// One resource: its line, and one for each setting that changes.
    public func render(_ entry: PlanEntry) -> [String] {
        let identity = entry.identity.map { "  " + style.dim($0) } ?? ""
        var lines = ["  \(style.sign(entry.action)) \(entry.node.name)  \(style.dim(entry.type))\(identity)"]
        if let reason = entry.reason { lines.append("      \(reason)") }
        if entry.action == .update || entry.action == .refuse {
            lines += entry.changes.map { "      \(self.render($0))" }
        }
        return lines
    }

    /// "setting: from -> to".
    public func render(_ change: Change) -> String {
        "\(change.setting): \(change.from ?? "(absent)") -> \(change.to ?? "(absent)")"
    }

    /// "3 to create, 1 to change, 0 to delete, 105 as desired"
    public func summary(_ plan: Plan) -> String {
        if plan.entries.isEmpty { return "nothing to look at: every stamp matches" }
        let counts = Dictionary(grouping: plan.entries, by: \.action).mapValues(\.count)
        var parts = [
            "\(counts[.create] ?? 0) to create", "\(counts[.update] ?? 0) to change",
            "\(counts[.delete] ?? 0) to delete", "\(counts[.none] ?? 0) as desired",
        ]
        if let waiting = counts[.wait] { parts.append("\(waiting) not ready yet") }
        if let refused = counts[.refuse] { parts.append("\(refused) in the way") }
        return parts.joined(separator: ", ")
    }

    private func inOrder(_ entries: [PlanEntry]) -> [PlanEntry] {
        entries.enumerated().sorted {
            ($0.element.step, $0.element.node.region, $0.offset) < ($1.element.step, $1.element.node.region, $1.offset)
        }.map(\.element)
    }
}
