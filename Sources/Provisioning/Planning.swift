/// Makes a plan from what was found. Pure.
enum Planning {
    /// - Parameters:
    ///   - nodes: what the plan is about, in the order of the graph.
    ///   - mayChange: false for resources only read because others need them.
    static func entries<Cloud>(
        for nodes: [Graph<Cloud>.Node], survey: Survey, mayChange: (Graph<Cloud>.Node) -> Bool
    ) -> [PlanEntry] {
        var values = survey.values
        return nodes.map { node in
            let finding = survey.findings[node.id]
            var entry = PlanEntry(
                node: node.id, step: node.step, type: node.type, action: .none, identity: finding?.identity)
            decide(node, finding, &values, &entry)
            if !mayChange(node), finding == nil, node.presence == .present {
                entry.action = .refuse
                entry.reason = "it is needed but does not exist; run `tickctl up --step \(node.step)` first"
            } else if !mayChange(node) {
                entry.action = .none
                entry.changes = []
            }
            return entry
        }
    }

    private static func decide<Cloud>(
        _ node: Graph<Cloud>.Node, _ finding: Survey.Finding?, _ values: inout Values, _ entry: inout PlanEntry
    ) {
        guard let finding else {
            if node.presence == .present { entry.action = .create }
            values[node.id] = nil
            return
        }
        if node.presence == .kept { return }
        if case .foreign(let reason) = finding.owner {
            // Something of that name which is not wanted is simply not ours to delete.
            if node.presence == .present {
                entry.action = .refuse
                entry.reason =
                    "\(finding.identity) exists but is not this stack's: \(reason). Rename or delete it, or choose "
                    + "another APP_NAME; `tickctl explain foreign` tells more"
            }
            return
        }
        if case .deleting = finding.state {
            entry.action = node.presence == .present ? .create : .delete
            entry.reason = "the old one is being deleted"
            values[node.id] = nil
            return
        }
        if node.presence == .absent {
            entry.action = .delete
            values[node.id] = nil
            return
        }
        let changes = node.resource.changes(from: finding, values)
        let immutable = changes.filter(\.isImmutable)
        if !immutable.isEmpty, !immutable.allSatisfy({ $0.to == Change.unknown }) {
            entry.action = .refuse
            entry.changes = changes
            entry.reason =
                "\(immutable.map(\.setting).joined(separator: ", ")) cannot be changed in place; put the old value back, "
                + "or `tickctl down --step \(node.step)` and `tickctl up` where losing it is acceptable"
        } else if !changes.isEmpty {
            entry.action = .update
            entry.changes = changes
            var outputs = finding.outputs
            for name in Swift.type(of: node.resource).renewedOutputs { outputs[name] = nil }
            values[node.id] = outputs
        } else {
            switch finding.state {
            case .ready, .deleting: break
            case .changing(let word):
                entry.action = .wait
                entry.reason = word
            case .failed(let word):
                entry.action = .wait
                entry.reason = "it is in state \(word)"
            }
        }
    }
}
