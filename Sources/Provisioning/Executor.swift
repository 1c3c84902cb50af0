/// Carries a plan out: everything that has no edge between runs at once. The only place that waits and tries again.
struct Executor<Cloud: Sendable>: Sendable {
    let graph: Graph<Cloud>
    let cloud: Cloud
    let errors: any CloudErrors
    let journal: Journal
    let reporter: any Reporter
    let stop: StopSignal
    let clock: any Clock<Duration>
    let callClock: CallClock
    /// False: a resource on which nothing else waits is left as soon as its call was accepted.
    let waits: Bool

    /// What came of one resource.
    enum Outcome: Sendable {
        case done
        /// Accepted by the cloud, not awaited (`waits` is false).
        case accepted
        case failed(any Error)
        /// Not begun, because what it needs failed, or stopped on its way with the whole run.
        case notBegun
    }

    /// What came of all, with how long each took the cloud.
    struct Result: Sendable {
        var survey: Survey
        var outcomes: [NodeID: Outcome] = [:]
        var seconds: [NodeID: Double] = [:]
    }

    /// - Parameters:
    ///   - entries: the plan, in the order of the graph.
    ///   - whenDone: told of each resource that is as desired, with everything known at that moment.
    func run(
        _ entries: [PlanEntry], from survey: Survey,
        whenDone: @escaping @Sendable (NodeID, Survey) async -> Void
    ) async -> Result {
        let board = Board(Result(survey: survey))
        let made = entries.filter { $0.action != .delete }
        let deleted = entries.filter { $0.action == .delete }

        await each(made, board, whenDone, waitFor: { $0.dependencies }) { node, entry in
            try await bring(node, entry, board)
        }
        // What is no longer wanted goes last, when nothing refers to it any more, users before what they use; after a
        // failure something may still refer to it, so it stays.
        if let failure = await board.firstFailure(of: made.map(\.node)) {
            for entry in deleted {
                await board.set(.notBegun, for: entry.node)
                if let node = graph[entry.node] { report(.blocked, node, entry) { $0.detail = "\(failure)" } }
            }
            return await board.result
        }
        var users: [NodeID: [NodeID]] = [:]
        for entry in deleted {
            for dependency in graph[entry.node]?.dependencies ?? [] {
                users[dependency, default: []].append(entry.node)
            }
        }
        let order = Array(deleted.reversed())
        let usersOf = users
        await each(order, board, whenDone, waitFor: { usersOf[$0.id] ?? [] }) { node, entry in
            try await takeAway(node, entry, board)
            return .done
        }
        return await board.result
    }

    private func each(
        _ entries: [PlanEntry], _ board: Board, _ whenDone: @escaping @Sendable (NodeID, Survey) async -> Void,
        waitFor: @escaping @Sendable (Graph<Cloud>.Node) -> [NodeID],
        _ body: @escaping @Sendable (Graph<Cloud>.Node, PlanEntry) async throws -> Outcome
    ) async {
        await withTaskGroup(of: Void.self) { group in
            var tasks: [NodeID: Task<Void, Never>] = [:]
            for entry in entries {
                guard let node = graph[entry.node] else { continue }
                let before = waitFor(node)
                let beforeTasks = before.compactMap { tasks[$0] }
                let task = Task {
                    for task in beforeTasks { await task.value }
                    // A stopped run says so once, not once a resource.
                    if stop.isStopped && entry.action != .none { return await board.set(.notBegun, for: node.id) }
                    if let blocker = await board.firstFailure(of: before) {
                        await board.set(.notBegun, for: node.id)
                        if entry.action != .none { report(.blocked, node, entry) { $0.detail = "\(blocker)" } }
                        return
                    }
                    if entry.action == .none {
                        await board.set(.done, for: node.id)
                        await whenDone(node.id, await board.result.survey)
                        return
                    }
                    await work(node, entry, board, whenDone, body)
                }
                tasks[node.id] = task
                group.addTask { await task.value }
            }
        }
    }

    private func work(
        _ node: Graph<Cloud>.Node, _ entry: PlanEntry, _ board: Board,
        _ whenDone: @Sendable (NodeID, Survey) async -> Void,
        _ body: @Sendable (Graph<Cloud>.Node, PlanEntry) async throws -> Outcome
    ) async {
        let started = ContinuousClock.now
        do {
            try stop.check()
            report(.started, node, entry)
            let outcome = try await Journal.$node.withValue(node.id) { try await body(node, entry) }
            await board.set(outcome, for: node.id, seconds: callClock.take(node.id))
            let made = await board.result.survey.findings[node.id]
            report(.finished, node, entry) {
                $0.identity = made?.identity
                $0.detail = made.flatMap { $0.remarks.isEmpty ? nil : $0.remarks.joined(separator: "\n") }
                $0.seconds = seconds(since: started)
            }
            if case .done = outcome { await whenDone(node.id, await board.result.survey) }
        } catch  where stop.isReason(error) {
            await board.set(.notBegun, for: node.id, seconds: callClock.take(node.id))
            report(.blocked, node, entry)
        } catch {
            if errors.disposition(of: error) == .endsRun {
                stop.stop(errors.explained(error, "no further call can succeed"))
            }
            await board.set(.failed(error), for: node.id, seconds: callClock.take(node.id))
            report(.failed, node, entry) {
                $0.detail = (error as? ProvisioningError)?.reason ?? "\(error)"
                $0.next = (error as? ProvisioningError)?.next ?? errors.advice(on: error)
                $0.seconds = seconds(since: started)
            }
        }
    }

    // MARK: one resource

    /// Creates or updates until the resource is as desired and ready.
    private func bring(_ node: Graph<Cloud>.Node, _ entry: PlanEntry, _ board: Board) async throws -> Outcome {
        let waiting = Swift.type(of: node.resource).waiting
        var patience = Patience(waiting, clock: clock)
        var finding = await board.result.survey.findings[node.id]
        var hasLookedAgain = false
        while true {
            if case .deleting = finding?.state {
                try await awaitGone(node, entry, board)
                finding = nil
            }
            do {
                try stop.check()
                let scope = await scope(node, board)
                if let found = finding {
                    let changes = node.resource.changes(from: found, scope.values)
                    if let immutable = changes.first(where: \.isImmutable) {
                        throw ProvisioningError(
                            .immutable,
                            "\(node.id): \(immutable.setting) cannot be changed in place from "
                                + "\(immutable.from ?? "absent") to \(immutable.to ?? "absent")",
                            next: "put the old value back, or take the step down and make it again")
                    }
                    if !changes.isEmpty, let changed = try await node.resource.apply(changes, to: found, scope) {
                        finding = changed
                    }
                } else {
                    finding = try await node.resource.make(scope)
                }
                break
            } catch {
                switch errors.disposition(of: error) {
                case .answerLost, .alreadyExists:
                    report(.retrying, node, entry) { $0.detail = "looking whether it happened: \(error)" }
                    // What is read may lag behind what is refused: the second look needs time, and has an end.
                    if hasLookedAgain { try await patience.pauseBriefly(stop, error) }
                    hasLookedAgain = true
                    finding = try await lookAgain(node, board, after: error)
                case .propagating:
                    report(.retrying, node, entry) { $0.detail = "not visible everywhere yet: \(error)" }
                    try await patience.pauseBriefly(stop, error)
                case .busy:
                    report(.retrying, node, entry) { $0.detail = "waiting for something else to finish: \(error)" }
                    try await patience.pause(stop, error)
                    if finding != nil { finding = try await read(node, board) }
                case .absent where finding != nil:
                    // It went since it was read, or the read lagged behind.
                    try await patience.pauseBriefly(stop, error)
                    finding = try await read(node, board)
                case .absent, .endsRun, .fatal:
                    throw error
                }
            }
        }
        guard let made = finding else { throw ProvisioningError(.failed, "\(node.id) vanished while it was made") }
        await board.add(made, for: node.id)
        return try await awaitReady(node, entry, made, board)
    }

    /// After a lost answer: what stands there now; nil when it did not happen.
    private func lookAgain(
        _ node: Graph<Cloud>.Node, _ board: Board, after error: any Error
    ) async throws -> Survey.Finding? {
        let mustExist = errors.disposition(of: error) == .alreadyExists
        var patience = Patience(
            Waiting(
                firstDelay: .milliseconds(250), factor: 1.5, maximumDelay: .seconds(2),
                deadline: mustExist ? .seconds(60) : Patience.lostAnswer),
            clock: clock)
        while true {
            if let finding = try await read(node, board) {
                if case .foreign(let reason) = finding.owner {
                    throw ProvisioningError(
                        .foreign, "\(finding.identity) exists but is not this stack's: \(reason)",
                        next: "rename or delete it, or choose another APP_NAME", underlying: error)
                }
                return finding
            }
            if Swift.type(of: node.resource).identification == .name && !mustExist { return nil }
            do {
                try await patience.pause(stop, error)
            } catch let timeout as ProvisioningError where timeout.code == .timedOut {
                guard mustExist else { return nil }
                throw ProvisioningError(
                    .timedOut,
                    "\(node.id) is refused because of something that exists, but nothing of this stack is listed",
                    next:
                        "look in the account for what stands in the way, delete or rename it, then run the same command again",
                    underlying: error)
            }
        }
    }

    private func awaitReady(
        _ node: Graph<Cloud>.Node, _ entry: PlanEntry, _ made: Survey.Finding, _ board: Board
    ) async throws -> Outcome {
        var finding = made
        var patience = Patience(Swift.type(of: node.resource).waiting, clock: clock)
        var isFirst = true
        while true {
            switch finding.state {
            case .ready:
                await board.add(finding, for: node.id)
                return .done
            case .failed(let word):
                throw ProvisioningError(
                    .failed, "\(node.id) (\(finding.identity)) is in state \"\(word)\"",
                    next: "`tickctl explain \(node.type)` says what leads there")
            case .changing(let word), .deleting(let word):
                if !waits, !graph.nodes.contains(where: { $0.dependencies.contains(node.id) }) { return .accepted }
                report(.waiting, node, entry) { $0.detail = word }
                if !isFirst || finding.state != made.state {
                    try await patience.pause(
                        stop, ProvisioningError(.timedOut, "\(node.id) (\(finding.identity)) is still \"\(word)\""))
                }
                isFirst = false
                finding = try await readEventually(node, board, &patience)
            }
        }
    }

    /// A read that must find something: lists and describes may lag behind the create.
    private func readEventually(
        _ node: Graph<Cloud>.Node, _ board: Board, _ patience: inout Patience
    ) async throws -> Survey.Finding {
        while true {
            // What others of its kind read during the second half of the pause is new enough.
            let notBefore = ContinuousClock.now.advanced(by: patience.lastDelay / -2)
            if let finding = try await read(node, board, notBefore) { return finding }
            try await patience.pause(
                stop, ProvisioningError(.timedOut, "\(node.id) was made but cannot be read"))
        }
    }

    private func takeAway(_ node: Graph<Cloud>.Node, _ entry: PlanEntry, _ board: Board) async throws {
        var patience = Patience(Swift.type(of: node.resource).waiting, clock: clock)
        var finding = await board.result.survey.findings[node.id]
        while let found = finding {
            if case .deleting = found.state { break }
            do {
                try stop.check()
                try await node.resource.remove(found, await scope(node, board))
                break
            } catch {
                switch errors.disposition(of: error) {
                case .absent:
                    finding = nil
                case .busy, .propagating, .answerLost, .alreadyExists:
                    report(.retrying, node, entry) { $0.detail = "waiting for something else to finish: \(error)" }
                    try await patience.pause(stop, error)
                    finding = try await read(node, board)
                case .endsRun, .fatal:
                    throw error
                }
            }
        }
        if finding != nil, Swift.type(of: node.resource).waiting.watchesDeletion {
            try await awaitGone(node, entry, board)
        }
        await board.remove(node.id)
    }

    private func awaitGone(_ node: Graph<Cloud>.Node, _ entry: PlanEntry, _ board: Board) async throws {
        var patience = Patience(Swift.type(of: node.resource).waiting, clock: clock)
        while let finding = try await read(node, board) {
            var word = "still there"
            if case .deleting(let state) = finding.state { word = state }
            report(.waiting, node, entry) { $0.detail = word }
            try await patience.pause(
                stop, ProvisioningError(.timedOut, "\(node.id) (\(finding.identity)) is \(word)"))
        }
    }

    private func read(
        _ node: Graph<Cloud>.Node, _ board: Board, _ notBefore: ContinuousClock.Instant = .now
    ) async throws -> Survey.Finding? {
        do {
            return try await node.resource.find(await scope(node, board, notBefore))
        } catch  where errors.disposition(of: error) == .absent {
            return nil
        }
    }

    private func scope(
        _ node: Graph<Cloud>.Node, _ board: Board, _ notBefore: ContinuousClock.Instant = .now
    ) async -> Scope<Cloud> {
        Scope(
            cloud: cloud, node: node.id, tags: node.tags, values: await board.result.survey.values, notBefore: notBefore
        )
    }

    private func report(
        _ name: RunEvent.Name, _ node: Graph<Cloud>.Node, _ entry: PlanEntry,
        _ fill: (inout RunEvent) -> Void = { _ in }
    ) {
        var event = RunEvent(name, node, action: entry.action)
        fill(&event)
        reporter.report(event)
    }

    private func seconds(since started: ContinuousClock.Instant) -> Double {
        let (whole, fraction) = started.duration(to: .now).components
        return Double(whole) + Double(fraction) / 1e18
    }

    private actor Board {
        var result: Result

        init(_ result: Result) { self.result = result }

        func set(_ outcome: Outcome, for node: NodeID, seconds: Double = 0) {
            result.outcomes[node] = outcome
            if seconds > 0 { result.seconds[node] = seconds }
        }

        func add(_ finding: Survey.Finding, for node: NodeID) {
            result.survey.findings[node] = finding
            result.survey.values[node] = finding.outputs
        }

        func remove(_ node: NodeID) {
            result.survey.findings[node] = nil
            result.survey.values[node] = nil
        }

        func firstFailure(of nodes: [NodeID]) -> NodeID? {
            nodes.first {
                switch result.outcomes[$0] {
                case .failed, .notBegun: true
                default: false
                }
            }
        }
    }
}
