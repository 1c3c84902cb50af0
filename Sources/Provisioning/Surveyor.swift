/// Looks at the resources of a graph, all at once but for real edges.
struct Surveyor<Cloud: Sendable>: Sendable {
    let cloud: Cloud
    let errors: any CloudErrors
    let stop: StopSignal
    /// Resources whose creation may have happened unseen, with the moment until which a list may still miss them.
    let unsettled: [NodeID: ContinuousClock.Instant]

    /// - Parameters:
    ///   - nodes: in the order of the graph.
    ///   - values: outputs known already.
    func survey(_ nodes: [Graph<Cloud>.Node], values: Values) async throws -> Survey {
        let board = Board(Survey(values: values))
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            var reads: [NodeID: Task<Void, any Error>] = [:]
            for node in nodes {
                let before = node.dependencies.compactMap { reads[$0] }
                let read = Task {
                    for task in before { try await task.value }
                    try stop.check()
                    let scope = Scope(
                        cloud: cloud, node: node.id, tags: node.tags, values: await board.survey.values,
                        notBefore: started)
                    let finding = try await Journal.$node.withValue(node.id) { try await look(node, scope) }
                    if let finding { await board.add(finding, for: node.id) }
                }
                reads[node.id] = read
                group.addTask { try await read.value }
            }
            try await group.waitForAll()
        }
        return await board.survey
    }

    /// One read; with patience where a list may lag behind a create that nobody saw the answer of.
    private func look(_ node: Graph<Cloud>.Node, _ scope: Scope<Cloud>) async throws -> Survey.Finding? {
        var scope = scope
        var attempt = 0
        let waiting = Waiting(firstDelay: .milliseconds(250), factor: 1.3, maximumDelay: .seconds(1))
        while true {
            let finding: Survey.Finding?
            do {
                finding = try await node.resource.find(scope)
            } catch  where errors.disposition(of: error) == .absent {
                finding = nil
            }
            // When it was asked counts, not when it was answered: that may be long after.
            guard finding == nil, let until = unsettled[node.id], scope.notBefore < until else { return finding }
            try await stop.sleep(for: waiting.delay(attempt), clock: ContinuousClock())
            attempt += 1
            scope = Scope(cloud: cloud, node: node.id, tags: node.tags, values: scope.values, notBefore: .now)
        }
    }

    private actor Board {
        var survey: Survey

        init(_ survey: Survey) { self.survey = survey }

        func add(_ finding: Survey.Finding, for node: NodeID) {
            survey.findings[node] = finding
            if case .foreign = finding.owner { return }
            survey.values[node] = finding.outputs
        }
    }
}
